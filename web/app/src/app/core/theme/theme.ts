import { DOCUMENT, Injectable, effect, inject, signal } from '@angular/core';
import { preference, setPreference } from '../preferences';

export type ThemeName = 'light' | 'dark' | 'system';

/** Light, dark, or as the system. `public/theme.js` applies the choice before the first paint. */
@Injectable({ providedIn: 'root' })
export class Theme {
  readonly #root = inject(DOCUMENT).documentElement;
  readonly #chosen = signal(themeName(preference('theme')));
  readonly chosen = this.#chosen.asReadonly();

  constructor() {
    effect(() => {
      const theme = this.#chosen();
      if (theme === 'system') delete this.#root.dataset['theme'];
      else this.#root.dataset['theme'] = theme;
    });
  }

  choose(theme: ThemeName): void {
    this.#chosen.set(theme);
    setPreference('theme', theme === 'system' ? undefined : theme);
  }
}

function themeName(stored: string | undefined): ThemeName {
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}
