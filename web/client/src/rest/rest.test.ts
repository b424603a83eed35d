import { beforeEach, describe, expect, it } from 'vitest';
import { FakeBrowser } from '../../test/fakes/tab.js';
import { PalomaError } from '../errors.js';
import { createRest } from './rest.js';

const SECRET = 'the text of a message';

describe('a call', () => {
  let browser: FakeBrowser;
  let tokens: { given: string[]; suspected: string[]; refused: string[] };

  beforeEach(() => {
    browser = new FakeBrowser();
    tokens = { given: ['t1', 't2'], suspected: [], refused: [] };
  });

  const rest = () => {
    const { ports } = browser.tab();
    return createRest('https://api.test', ports, {
      access: () => Promise.resolve(tokens.given[0] ?? ''),
      renew: () => Promise.resolve(tokens.given[1] ?? ''),
      suspect: (token) => {
        tokens.suspected.push(token);
        return Promise.resolve(tokens.given[1]);
      },
      refused: (token) => {
        tokens.refused.push(token);
        return Promise.resolve();
      },
    });
  };
  const failure = async (call: Promise<unknown>): Promise<PalomaError> => {
    const error = call.then(
      () => undefined,
      (error: unknown) => error,
    );
    await browser.pass(20_000);
    const result = await error;
    if (result instanceof PalomaError) return result;
    throw new Error('The call did not fail with a PalomaError.');
  };
  const send = () =>
    rest().POST('/chats/{chatId}/messages', {
      params: { path: { chatId: 'c' } },
      body: { content: SECRET, clientMessageId: 'm' },
    });

  it('repeats a rejected call once with a new token', async () => {
    browser.answer = ({ token }) => ({ status: token === 't2' ? 200 : 401, body: { userId: 'a' } });
    expect((await rest().GET('/me')).data).toEqual({ userId: 'a' });
    expect(browser.calls.map(({ token }) => token)).toEqual(['t1', 't2']);
    expect(tokens.refused).toEqual([]);
  });

  it('says that the session has ended when a new token is rejected too', async () => {
    browser.answer = () => ({ status: 401, body: { message: 'Unauthorized' } });
    expect(await failure(rest().GET('/me'))).toMatchObject({ kind: 'signedOut', transient: false });
    expect(tokens.refused).toEqual(['t2']);
    expect(browser.calls).toHaveLength(2);
  });

  it("repeats a read with a new token when the gateway's rejection looks like a lost connection", async () => {
    browser.answer = ({ token }) => (token === 't2' ? { status: 200, body: { userId: 'a' } } : 'offline');
    expect((await rest().GET('/me')).data).toEqual({ userId: 'a' });
    expect(tokens.suspected).toEqual(['t1']);
    expect(browser.calls.map(({ token }) => token)).toEqual(['t1', 't2']);
  });

  it('leaves it to the caller to repeat a write that may have arrived', async () => {
    browser.answer = () => 'offline';
    expect(await failure(send())).toMatchObject({ kind: 'offline' });
    expect(tokens.suspected).toEqual(['t1']);
    expect(browser.calls).toHaveLength(1);
  });

  it('suspects no token after 15 s without an answer', async () => {
    browser.answer = () => 'never';
    expect(await failure(rest().GET('/me'))).toMatchObject({ kind: 'offline' });
    expect(tokens.suspected).toEqual([]);
  });

  it('does not renew after a wrong password', async () => {
    const problem = {
      type: 'urn:paloma:problem:forbidden',
      title: 'No',
      status: 403,
      detail: 'The password is wrong.',
    };
    browser.answer = () => ({ status: 403, body: problem });
    expect(await failure(rest().POST('/me/totp', { body: { password: 'x' } }))).toMatchObject({ problem });
    expect(browser.calls).toHaveLength(1);
  });

  it.each([
    [403, {}, { kind: 'unexpected', transient: false }],
    [404, {}, { kind: 'unexpected', transient: false }],
    [503, {}, { kind: 'problem', transient: true, problem: { status: 503 } }],
    [504, {}, { kind: 'problem', transient: true, problem: { status: 504 } }],
    [429, { 'retry-after': '7' }, { kind: 'problem', transient: true, problem: { status: 429, retryAfterMs: 7_000 } }],
    [429, {}, { kind: 'problem', transient: true, problem: { status: 429, retryAfterMs: 1_000 } }],
  ])("understands the gateway's own answer %i", async (status, headers, expected) => {
    browser.answer = () => ({ status, headers, body: { message: 'From the gateway' } });
    expect(await failure(rest().GET('/me'))).toMatchObject(expected);
  });

  it('takes the page of a captive network for no answer', async () => {
    browser.answer = () => ({ status: 200, text: '<html>Welcome to our hotel</html>' });
    expect(await failure(rest().GET('/me'))).toMatchObject({ kind: 'offline', transient: true });
  });

  it('never quotes a text: not of half an answer, not of a request', async () => {
    const answers = [
      { status: 200, text: `{"messages":[{"content":"${SECRET}"` },
      { status: 500, text: SECRET },
      { status: 400, text: SECRET },
      'offline',
    ] as const;
    for (const answer of answers) {
      browser.answer = () => answer;
      const error = await failure(send());
      expect(`${error.message} ${String(error.cause)} ${error.stack ?? ''}`).not.toContain(SECRET);
    }
    expect(browser.calls.map(({ path }) => path).join()).not.toContain(SECRET);
  });

  it('fails after 15 s without an answer, or with half of one', async () => {
    browser.answer = () => 'never';
    expect(await failure(rest().GET('/me'))).toMatchObject({ kind: 'offline' });
    browser.answer = () => ({ status: 200, text: '{', stalls: true });
    expect(await failure(rest().GET('/me'))).toMatchObject({ kind: 'offline' });
  });

  it('accepts an answer without a body', async () => {
    browser.answer = () => ({ status: 204 });
    const { error, response } = await rest().DELETE('/devices/{deviceId}', { params: { path: { deviceId: 'd' } } });
    expect([error, response.status]).toEqual([undefined, 204]);
  });
});
