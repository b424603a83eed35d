import { Component, inject } from '@angular/core';
import { LANGUAGES, Language, chooseLanguage, chosenLanguage } from '../../../core/language/language';
import { Theme, ThemeName } from '../../../core/theme/theme';
import { Choice, Choices } from '../../../shared/choices/choices';
import { SettingsPage } from '../settings-page';

const AS_BROWSER = 'browser';

/** Theme and language of this browser. */
@Component({
  selector: 'app-appearance-page',
  imports: [Choices, SettingsPage],
  templateUrl: './appearance-page.html',
})
export class AppearancePage {
  protected readonly theme = inject(Theme);
  protected readonly language = chosenLanguage() ?? AS_BROWSER;
  protected readonly themes: readonly Choice<ThemeName>[] = [
    { value: 'system', title: $localize`:@@theme.system:As the device` },
    { value: 'light', title: $localize`:@@theme.light:Light` },
    { value: 'dark', title: $localize`:@@theme.dark:Dark` },
  ];
  protected readonly languages: readonly Choice<Language | typeof AS_BROWSER>[] = [
    { value: AS_BROWSER, title: $localize`:@@language.browser:As the browser` },
    ...LANGUAGES.map(({ code, name }) => ({ value: code, title: name, lang: code })),
  ];

  protected choose(language: Language | typeof AS_BROWSER): void {
    chooseLanguage(language === AS_BROWSER ? undefined : language);
  }
}
