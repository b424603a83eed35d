import {
  ApplicationConfig,
  ErrorHandler,
  LOCALE_ID,
  isDevMode,
  provideBrowserGlobalErrorListeners,
} from '@angular/core';
import {
  PreloadAllModules,
  TitleStrategy,
  provideRouter,
  withComponentInputBinding,
  withNavigationErrorHandler,
  withPreloading,
  withRouterConfig,
} from '@angular/router';
import { provideServiceWorker } from '@angular/service-worker';
import { createPaloma } from '@paloma/client';
import { routes } from './app.routes';
import { PageTitles } from './core/badge/page-titles';
import { APP_CONFIG, AppConfig } from './core/config/app-config';
import { AppErrorHandler } from './core/errors/app-error-handler';
import { Language } from './core/language/language';
import { PALOMA } from './core/paloma';
import { pageMissing } from './core/updates/page-missing';

export function appConfig(config: AppConfig, language: Language): ApplicationConfig {
  return {
    providers: [
      provideBrowserGlobalErrorListeners(),
      { provide: ErrorHandler, useClass: AppErrorHandler },
      { provide: LOCALE_ID, useValue: language },
      { provide: APP_CONFIG, useValue: config },
      { provide: PALOMA, useFactory: () => createPaloma(config) },
      { provide: TitleStrategy, useExisting: PageTitles },
      provideRouter(
        routes,
        withComponentInputBinding(),
        withPreloading(PreloadAllModules),
        withNavigationErrorHandler(pageMissing),
        withRouterConfig({ resolveNavigationPromiseOnError: true }),
      ),
      provideServiceWorker('service-worker.js', {
        enabled: !isDevMode(),
        registrationStrategy: 'registerWhenStable:10000',
      }),
    ],
  };
}
