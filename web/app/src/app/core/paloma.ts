import { InjectionToken } from '@angular/core';
import type { Paloma } from '@paloma/client';

/** The client library, once for the app. */
export const PALOMA = new InjectionToken<Paloma>('Paloma');
