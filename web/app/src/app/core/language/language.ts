import { preference, setPreference } from '../preferences';

export const LANGUAGES = [
  { code: 'en', name: 'English' },
  { code: 'es', name: 'Español' },
] as const;

export type Language = (typeof LANGUAGES)[number]['code'];

/** The user's choice; otherwise the first language of the browser that the app speaks; otherwise English. */
export function languageOf(chosen: string | undefined, preferred: readonly string[]): Language {
  const codes = [...(chosen === undefined ? [] : [chosen]), ...preferred].map((tag) => tag.split('-', 1)[0]);
  return codes.find(isLanguage) ?? 'en';
}

/** The language in which the app has started. */
export function languageInUse(): Language {
  return document.documentElement.lang === 'es' ? 'es' : 'en';
}

/** The stored choice. `undefined`: as the browser. */
export function chosenLanguage(): Language | undefined {
  const stored = preference('language');
  return isLanguage(stored) ? stored : undefined;
}

/** The texts are loaded at the start: the page loads again. */
export function chooseLanguage(language: Language | undefined): void {
  setPreference('language', language);
  location.reload();
}

function isLanguage(code: string | undefined): code is Language {
  return LANGUAGES.some((language) => language.code === code);
}
