import { loadTranslations } from '@angular/localize';
import { Language, chosenLanguage, languageOf } from './language';

/** Loads the texts of the user's language, before anything is shown. Without them, the app speaks English. */
export async function loadTexts(): Promise<Language> {
  let language = languageOf(chosenLanguage(), navigator.languages);
  try {
    if (language === 'es') {
      const { texts } = await import('../../../i18n/es');
      loadTranslations(texts);
    }
  } catch {
    language = 'en';
  }
  document.documentElement.lang = language;
  return language;
}
