import { registerLocaleData } from '@angular/common';
import spanish from '@angular/common/locales/es';
import texts from './es.json';

// The rule for plurals.
registerLocaleData(spanish);

export { texts };
