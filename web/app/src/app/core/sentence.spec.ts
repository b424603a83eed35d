import { PalomaError, Problem } from '@paloma/client';
import { sentence } from './sentence';

function failure(kind: string, more: Partial<Problem> = {}): PalomaError {
  const type = `urn:paloma:problem:${kind}` as Problem['type'];
  return new PalomaError('problem', '', { type, title: '', status: 400, detail: 'The server says why.', ...more });
}

describe('sentence', () => {
  afterEach(() => (document.documentElement.lang = 'en'));

  it('says when to try again after a rate limit', () => {
    expect(sentence(failure('too-many-requests', { retryAfterMs: 125_000 }))).toContain(
      'Try again in 2 minutes, 5 seconds.',
    );
    expect(sentence(failure('too-many-requests', { retryAfterMs: 400 }))).toContain('Try again in 1 second.');
  });

  it('says that the browser, not the server, could not store or delete', () => {
    const error = new PalomaError('storage', 'The browser could not delete the message.');
    expect(sentence(error)).toBe('This browser could not change its data. Free some space, then try again.');
  });

  it('shows the sentence of the form, else the server, else (in Spanish) a general one', () => {
    expect(sentence(failure('forbidden'), { forbidden: 'The password is wrong.' })).toBe('The password is wrong.');
    expect(sentence(failure('forbidden'))).toBe('The server says why.');
    document.documentElement.lang = 'es';
    expect(sentence(failure('forbidden'))).not.toBe('The server says why.');
  });
});
