import { beforeEach, describe, expect, it } from 'vitest';
import { ana, sessionWorld } from '../../test/fakes/session.js';
import { problem } from '../../test/simulation/server/answer.js';

const MINUTE = 60_000;

/** The browser hides the gateway's answer to a wrong token, because that has no CORS headers. */
describe('a session with a token that the gateway rejects without CORS headers', () => {
  let { browser, server, open, logIn, ended, refreshes } = sessionWorld();
  beforeEach(() => {
    ({ browser, server, open, logIn, ended, refreshes } = sessionWorld());
    const { answer } = browser;
    browser.answer = async (call) => {
      const given = await answer(call);
      return typeof given === 'object' && given.status === 401 ? 'offline' : given;
    };
  });

  /** A session in each of some tabs, with a token that is two minutes old and that the server has forgotten. */
  const rejected = async (tabs = 1) => {
    const sessions = [];
    for (let tab = 0; tab < tabs; tab++) sessions.push(await open());
    const [first] = sessions;
    if (first) await logIn(first);
    await browser.pass(2 * MINUTE);
    server.token++;
    return sessions;
  };
  const get = async (session: Awaited<ReturnType<typeof open>>) => (await session.rest.GET('/me')).data;

  it('refreshes it once for all calls of all tabs, and repeats them', async () => {
    const sessions = await rejected(2);
    const calls = sessions.flatMap((session) => [get(session), get(session)]);
    expect(await ended(Promise.all(calls))).toEqual([ana, ana, ana, ana]);
    expect(refreshes()).toBe(1);
  });

  it('repeats a call that fails after another one has renewed the token', async () => {
    const [session] = await rejected();
    if (!session) return;
    const slow = Promise.withResolvers<'offline'>();
    const { answer } = browser;
    browser.answer = () => slow.promise;
    const first = get(session);
    await browser.pass(50);
    browser.answer = answer;
    expect(await ended(get(session))).toEqual(ana);
    slow.resolve('offline');
    expect(await ended(first)).toEqual(ana);
    expect(refreshes()).toBe(1);
  });

  it('does so also when the network was away for a while', async () => {
    const [session] = await rejected();
    if (!session) return;
    const { answer } = browser;
    browser.answer = () => 'offline';
    await expect(ended(get(session))).rejects.toMatchObject({ kind: 'offline' });
    browser.answer = answer;
    expect(await ended(get(session))).toEqual(ana);
  });

  it('refreshes once only, if calls fail with the new token too', async () => {
    const [session] = await rejected();
    if (!session) return;
    const { answer } = browser;
    browser.answer = (call) => (call.path === '/me' ? 'offline' : answer(call));
    for (let minute = 0; minute < 10; minute++) {
      await expect(ended(get(session))).rejects.toMatchObject({ kind: 'offline' });
      await browser.pass(MINUTE);
    }
    expect(refreshes()).toBe(1);
  });

  it('does not refresh a token of the last minute, or without a network', async () => {
    const session = await open();
    await logIn(session);
    browser.answer = () => 'offline';
    await expect(ended(get(session))).rejects.toMatchObject({ kind: 'offline' });
    await browser.pass(2 * MINUTE);
    browser.online.set(false);
    await expect(ended(get(session))).rejects.toMatchObject({ kind: 'offline' });
    expect(refreshes()).toBe(0);
  });

  it('ends when the server has ended it', async () => {
    const [session] = await rejected();
    if (!session) return;
    const { answer } = browser;
    browser.answer = (call) => (call.path === '/auth/refresh' ? problem(401, 'The session has ended.') : answer(call));
    await expect(ended(get(session))).rejects.toMatchObject({ kind: 'signedOut' });
    expect(session.state.value).toEqual({ kind: 'signedOut', reason: 'ended' });
  });

  it('tells the server of a logout with an expired token', async () => {
    const session = await open();
    await logIn(session);
    await browser.pass(20 * MINUTE);
    await ended(session.logOut());
    expect(browser.calls.slice(-2).map(({ path }) => path)).toEqual(['/auth/refresh', '/auth/logout']);
    expect(browser.calls.at(-1)?.token).toBe('t1');
  });
});
