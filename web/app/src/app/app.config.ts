import {
  ApplicationConfig,
  ErrorHandler,
  LOCALE_ID,
  inject,
  isDevMode,
  provideBrowserGlobalErrorListeners,
} from '@angular/core';
import { TitleStrategy, provideRouter, withComponentInputBinding, withNavigationErrorHandler } from '@angular/router';
import { provideServiceWorker } from '@angular/service-worker';
import { createPaloma } from '@paloma/client';
import { routes } from './app.routes';
import { PageTitles } from './core/badge/page-titles';
import { APP_CONFIG, AppConfig } from './core/config/app-config';
import { AppErrorHandler } from './core/errors/app-error-handler';
import { Language } from './core/language/language';
import { PALOMA } from './core/paloma';
import { Updates } from './core/updates/updates';

export function appConfig(config: AppConfig, language: Language): ApplicationConfig {
  return {
    providers: [
      provideBrowserGlobalErrorListeners(),
      { provide: ErrorHandler, useClass: AppErrorHandler },
      { provide: LOCALE_ID, useValue: language },
      { provide: APP_CONFIG, useValue: config },
      { provide: PALOMA, useFactory: () => createPaloma(config) },
      { provide: TitleStrategy, useExisting: PageTitles },
      // A page that does not load belongs to another version of the app, or the network is gone.
      provideRouter(
        routes,
        withComponentInputBinding(),
        withNavigationErrorHandler(() => inject(Updates).missing()),
      ),
      provideServiceWorker('service-worker.js', {
        enabled: !isDevMode(),
        registrationStrategy: 'registerWhenStable:10000',
      }),
    ],
  };
}
