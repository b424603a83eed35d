import { beforeEach, describe, expect, it } from 'vitest';
import { FakeBrowser } from '../../test/fakes/tab.js';
import { problem } from '../../test/simulation/server/answer.js';
import { PalomaError } from '../errors.js';
import { present } from './present.js';
import { createRest } from './rest.js';

const SECRET = 'the text of a message';

describe('a call', () => {
  let browser: FakeBrowser;
  let tokens: { given: string[]; refused: string[]; doubts: number };

  beforeEach(() => {
    browser = new FakeBrowser();
    tokens = { given: ['t1', 't2'], refused: [], doubts: 0 };
  });

  const rest = () => {
    const { ports } = browser.tab();
    return createRest('https://api.test', ports, {
      access: () => Promise.resolve(tokens.given[0] ?? ''),
      renew: () => Promise.resolve(tokens.given[1] ?? ''),
      renewIfDoubtful: () => {
        tokens.doubts++;
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
    browser.answer = () => problem(401, 'The session has ended.');
    expect(await failure(rest().GET('/me'))).toMatchObject({ kind: 'signedOut', transient: false });
    expect(tokens.refused).toEqual(['t2']);
    expect(browser.calls).toHaveLength(2);
  });

  it('does not take the 401 of a proxy for the end of the session', async () => {
    browser.answer = () => ({ status: 401, body: { message: 'Unauthorized' } });
    expect(await failure(rest().GET('/me'))).toMatchObject({ kind: 'offline', transient: true });
    expect(tokens.refused).toEqual([]);
    expect(browser.calls).toHaveLength(2);
  });

  it.each([
    ['before an answer', 'never'],
    ['during the answer', { status: 200, text: '{', stalls: true }],
  ] as const)('ends when its caller aborts it %s', async (_, answer) => {
    browser.answer = () => answer;
    const controller = new AbortController();
    const call = rest().GET('/me', { signal: controller.signal });
    const error = call.catch((reason: unknown) => reason);
    await browser.pass(100);
    controller.abort();
    await browser.pass(1);
    expect(await Promise.race([error, 'nothing'])).toMatchObject({ kind: 'offline' });
  });

  describe('that gets no answer', () => {
    const get = () => rest().GET('/me');
    const put = () => rest().PUT('/me', { body: { name: 'Ana' } });

    it.each([
      ['GET', get],
      ['PUT', put],
    ])('is repeated once with another token, if it is a %s', async (_, call) => {
      browser.answer = ({ token }) => (token === 't2' ? { status: 200, body: { userId: 'a' } } : 'offline');
      expect((await call()).data).toEqual({ userId: 'a' });
      expect(browser.calls.map(({ token }) => token)).toEqual(['t1', 't2']);
    });

    it('is not repeated if it may have done something', async () => {
      browser.answer = () => 'offline';
      expect(await failure(send())).toMatchObject({ kind: 'offline' });
      expect(browser.calls).toHaveLength(1);
      expect(tokens.doubts, 'the next call has another token').toBe(1);
    });

    it('is repeated at most once', async () => {
      browser.answer = () => 'offline';
      expect(await failure(get())).toMatchObject({ kind: 'offline' });
      expect([browser.calls.length, tokens.doubts]).toEqual([2, 1]);
    });

    it('is not repeated after the time limit, or with a trusted token', async () => {
      browser.answer = () => 'never';
      expect(await failure(get())).toMatchObject({ kind: 'offline' });
      expect([browser.calls.length, tokens.doubts]).toEqual([1, 0]);
      browser.answer = () => 'offline';
      tokens.given = ['t1'];
      expect(await failure(get())).toMatchObject({ kind: 'offline' });
      expect(browser.calls).toHaveLength(2);
    });
  });

  it('does not renew after a wrong password', async () => {
    const wrongPassword = {
      type: 'urn:paloma:problem:forbidden',
      title: 'No',
      status: 403,
      detail: 'The password is wrong.',
    };
    browser.answer = () => ({ status: 403, body: wrongPassword });
    expect(await failure(rest().POST('/me/totp', { body: { password: 'x' } }))).toMatchObject({
      problem: wrongPassword,
    });
    expect(browser.calls).toHaveLength(1);
  });

  it.each([
    [403, {}, { kind: 'unexpected', transient: false }],
    [404, {}, { kind: 'unexpected', transient: false }],
    [401, {}, { kind: 'offline', transient: true }],
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

  it('takes an empty page of a captive network for no answer', async () => {
    browser.answer = () => ({ status: 200 });
    const name = rest()
      .GET('/me')
      .then(({ data }) => present(data).name);
    expect(await failure(name)).toMatchObject({ kind: 'offline', transient: true });
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
