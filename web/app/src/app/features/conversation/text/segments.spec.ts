import { segments } from './segments';

const links = (text: string): (string | undefined)[] =>
  segments(text)
    .filter(({ href }) => href !== undefined)
    .map(({ text }) => text);

describe('segments', () => {
  it('a text without links is one segment', () => {
    expect(segments('Hello\nthere')).toEqual([{ text: 'Hello\nthere' }]);
  });

  it('all segments together are the text', () => {
    const text = 'See https://a.example/x (or www.b.org/y_(z)), then go.';
    expect(
      segments(text)
        .map(({ text }) => text)
        .join(''),
    ).toBe(text);
  });

  it('brackets around a link stay outside, balanced brackets inside stay inside', () => {
    expect(links('(https://en.wikipedia.org/wiki/Dove_(bird))')).toEqual(['https://en.wikipedia.org/wiki/Dove_(bird)']);
    expect(links('(see https://a.example/b)')).toEqual(['https://a.example/b']);
  });

  it('punctuation after a link stays outside', () => {
    expect(links('Go to https://a.example/b. Now!')).toEqual(['https://a.example/b']);
  });

  it('an address without a scheme opens over https', () => {
    expect(segments('paloma.com')).toEqual([{ text: 'paloma.com', href: 'https://paloma.com/' }]);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://a.example/b', 'mailto:ana@example.com', '//a.example/b'])(
    '%s is plain text',
    (text) => expect(segments(text)).toEqual([{ text }]),
  );
});
