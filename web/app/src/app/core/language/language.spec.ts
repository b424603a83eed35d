import { languageOf } from './language';

describe('languageOf', () => {
  it.each([
    ['es', ['en-GB'], 'es'],
    [undefined, ['es-MX', 'en'], 'es'],
    [undefined, ['fr', 'en-US', 'es'], 'en'],
    [undefined, ['de'], 'en'],
    ['xx', ['es'], 'es'],
  ])('chosen %j, browser %j: %s', (chosen, preferred, language) => {
    expect(languageOf(chosen, preferred)).toBe(language);
  });
});
