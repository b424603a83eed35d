import { registerLocaleData } from '@angular/common';
import spanish from '@angular/common/locales/es';
import file from './es.json';

// The rule for plurals.
registerLocaleData(spanish);

export const texts: Record<string, string> = file.translations;
