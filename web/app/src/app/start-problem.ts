import { ApplicationConfig, Component, InjectionToken, LOCALE_ID, inject } from '@angular/core';
import { ConfigFailure } from './core/config/load-config';
import { Language } from './core/language/language';
import { Button } from './shared/button/button';
import { EmptyState } from './shared/empty/empty-state';

const FAILURE = new InjectionToken<ConfigFailure>('ConfigFailure');

/** Shown instead of the app if it does not know its server. */
@Component({
  selector: 'app-root',
  imports: [Button, EmptyState],
  template: `<app-empty-state icon="offline" [title]="title">
    <p class="text">{{ text }}</p>
    <button type="button" appButton (click)="reload()" i18n="@@start.tryAgain">Try again</button>
  </app-empty-state>`,
  styles: '.text { margin-bottom: var(--space-4); }',
})
export class StartProblem {
  readonly #missing = inject(FAILURE) === 'missing';
  protected readonly title = $localize`:@@start.title:Paloma cannot start`;
  protected readonly text = this.#missing
    ? $localize`:@@start.missing:Its configuration could not be loaded. Check your connection, then try again.`
    : $localize`:@@start.invalid:Its file config.json is not valid. Ask the operators of this page.`;

  protected reload(): void {
    location.reload();
  }
}

export function problemConfig(failure: ConfigFailure, language: Language): ApplicationConfig {
  return {
    providers: [
      { provide: LOCALE_ID, useValue: language },
      { provide: FAILURE, useValue: failure },
    ],
  };
}
