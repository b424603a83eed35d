import { beforeEach, describe, expect, it } from 'vitest';
import { ana, sessionWorld } from '../../test/fakes/session.js';
import type { Call } from '../../test/fakes/tab.js';
import { problem } from '../../test/simulation/server/answer.js';
import { BrowserSession } from './session.js';

const MINUTE = 60_000;

describe('a session that others end, change or lose', () => {
  let { browser, emptied, shared, server, open, logIn, ended, refreshes } = sessionWorld();
  beforeEach(() => {
    ({ browser, emptied, shared, server, open, logIn, ended, refreshes } = sessionWorld());
  });

  /** From now on, each login is that of another user. */
  const logsInAs = (userId: string) => {
    const { answer } = browser;
    browser.answer = (call) => {
      const given = answer(call);
      if (call.path !== '/auth/login' || typeof given !== 'object' || !('body' in given)) return given;
      return {
        ...given,
        body: { ...(given.body as object), refreshToken: `r of ${userId}`, user: { ...ana, userId } },
      };
    };
  };

  it('of a login replaces what a slow storage finds later', async () => {
    const found = Promise.withResolvers<undefined>();
    const { transaction } = shared;
    shared.transaction = () => found.promise as never;
    const session = new BrowserSession({ apiUrl: 'https://api.test', database: shared, ports: browser.tab().ports });
    const start = session.start();
    shared.transaction = transaction;
    await logIn(session);
    found.resolve(undefined);
    await start;
    expect(session.state.value.kind).toBe('signedIn');
    expect((await ended(session.rest.GET('/me'))).data).toEqual(ana);
  });

  it('stays ended when another tab was renewing it during the logout', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(15 * MINUTE);
    const held = Promise.withResolvers<ReturnType<typeof server.refresh>>();
    const answer = server.refresh({} as Call);
    server.refresh = () => held.promise as never;
    const call = two.rest.GET('/me').catch((error: unknown) => error);
    await browser.pass(50);
    await one.end('loggedOut');
    held.resolve(answer);
    expect(await ended(call)).toMatchObject({ kind: 'signedOut' });
    await browser.pass(50);
    expect([one.state.value.kind, two.state.value.kind]).toEqual(['signedOut', 'signedOut']);
    expect((await open()).state.value.kind).toBe('signedOut');
  });

  it('stays ended when another tab was changing the profile during the logout', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(20);
    await one.end('loggedOut');
    await two.update((user) => ({ ...user, name: 'Anna' }));
    expect((await open()).state.value.kind).toBe('signedOut');
  });

  it('keeps its profile when a tab that missed its login changes that of the user before', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(20);
    logsInAs('b');
    const login = logIn(one);
    await login;
    await two.update((user) => ({ ...user, name: 'Anna' }));
    expect((await open()).state.value).toEqual({ kind: 'signedIn', user: { ...ana, userId: 'b' } });
  });

  it('keeps the new profile of one tab and the new token of another one', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(15 * MINUTE);
    const held = Promise.withResolvers<ReturnType<typeof server.refresh>>();
    const answer = server.refresh({} as Call);
    server.refresh = () => held.promise as never;
    const call = two.rest.GET('/me');
    await browser.pass(50);
    await one.update((user) => ({ ...user, name: 'Anna' }));
    held.resolve(answer);
    await ended(call);
    const again = await open();
    expect(again.state.value).toEqual({ kind: 'signedIn', user: { ...ana, name: 'Anna' } });
    expect((await ended(again.rest.GET('/me'))).data).toEqual(ana);
    expect(refreshes()).toBe(1);
  });

  it('tells the other tabs whether the user or the server has ended it', async () => {
    const [one, two] = [await open(), await open()];
    for (const reason of ['loggedOut', 'ended'] as const) {
      await logIn(one);
      await browser.pass(20);
      await one.end(reason);
      await browser.pass(20);
      expect(two.state.value).toEqual({ kind: 'signedOut', reason });
    }
  });

  it('ends for the first user before another one appears, even in a tab that missed the logout', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(20);
    const states: string[] = [];
    two.state.subscribe((state) => states.push(state.kind === 'signedIn' ? state.user.userId : state.kind));
    logsInAs('b');
    await logIn(one);
    await browser.pass(20);
    expect(states).toEqual(['signedOut', 'b']);
  });

  it('lasts as long as the tab when the storage is full', async () => {
    const session = await open();
    const read = shared.transaction.bind(shared);
    const full = () => Promise.reject(new Error('Full.'));
    shared.transaction = (stores, mode, work) => (mode === 'write' ? full() : read(stores, mode, work));
    await logIn(session);
    for (let round = 1; round <= 2; round++) {
      await browser.pass(15 * MINUTE);
      expect((await ended(session.rest.GET('/me'))).data).toEqual(ana);
      expect(refreshes()).toBe(round);
    }
  });

  it('is not mixed with an older one that a full storage has kept', async () => {
    const session = await open();
    await logIn(session);
    const read = shared.transaction.bind(shared);
    const full = () => Promise.reject(new Error('Full.'));
    shared.transaction = (stores, mode, work) => (mode === 'write' ? full() : read(stores, mode, work));
    logsInAs('b');
    await logIn(session);
    await browser.pass(15 * MINUTE);
    await ended(session.rest.GET('/me'));
    expect(browser.calls.find(({ path }) => path === '/auth/refresh')?.body).toEqual({ refreshToken: 'r of b' });
    expect(session.state.value).toMatchObject({ user: { userId: 'b' } });
  });

  it('survives the deletion of the stored data', async () => {
    const session = await open();
    await logIn(session);
    await shared.wipe();
    emptied.emit();
    await browser.pass(15 * MINUTE);
    expect((await ended(session.rest.GET('/me'))).data).toEqual(ana);
    expect((await open()).state.value.kind).toBe('signedIn');
  });

  it('does not wait for ever for a tab that the browser has suspended while it renewed', async () => {
    const session = await open();
    await logIn(session);
    await browser.pass(15 * MINUTE);
    void browser.tab().ports.locks.hold('paloma:session', () => new Promise(() => undefined));
    await browser.pass(10);
    expect((await ended(session.rest.GET('/me'))).data).toEqual(ana);
  });

  it('ends everywhere, too, when the server has ended it before', async () => {
    const session = await open();
    await logIn(session);
    server.refresh = () => problem(401, 'The session has ended.');
    browser.answer = ({ path }) => (path === '/auth/refresh' ? server.refresh({} as Call) : { status: 401, body: {} });
    await ended(session.logOut({ everywhere: true }));
    expect(session.state.value).toMatchObject({ kind: 'signedOut' });
  });

  it('passes a challenge on, and answers it', async () => {
    const session = await open();
    const { answer } = browser;
    browser.answer = (call) =>
      call.path === '/auth/login'
        ? { status: 200, body: { challenge: 'SOFTWARE_TOKEN_MFA', session: 's' } }
        : answer(call.path === '/auth/challenge' ? { ...call, path: '/auth/login' } : call);
    const first = await logIn(session);
    expect(first).toEqual({
      kind: 'challenge',
      challenge: { name: 'SOFTWARE_TOKEN_MFA', email: ana.email, session: 's' },
    });
    if (first.kind !== 'challenge') throw new Error('The login was not challenged.');
    expect(await session.answer(first.challenge, { code: '123456' })).toEqual({ kind: 'signedIn' });
    expect(browser.calls.at(-1)?.body).toMatchObject({ challenge: 'SOFTWARE_TOKEN_MFA', session: 's', code: '123456' });
  });

  it('reports the problem of a wrong password, and no answer at all', async () => {
    const session = await open();
    const problem = { type: 'urn:paloma:problem:unauthenticated', title: 'No', status: 401, detail: 'Wrong password.' };
    browser.answer = () => ({ status: 401, body: problem });
    await expect(logIn(session)).rejects.toMatchObject({ kind: 'problem', problem, transient: false });
    browser.answer = () => 'never';
    await expect(ended(logIn(session))).rejects.toMatchObject({ kind: 'offline', transient: true });
  });

  it('never calls in the name of a user who has logged in since', async () => {
    const session = await open();
    await logIn(session);
    const rest = session.restOf('a');
    await session.update((user) => ({ ...user, userId: 'b' }));
    await expect(ended(rest.GET('/me'))).rejects.toMatchObject({ kind: 'signedOut' });
  });

  it.each(['shown', 'hidden'])('never repeats a call with the token of another user, with a %s 401', async (kind) => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(20);
    const rest = two.restOf('a');
    await browser.pass(2 * MINUTE);
    logsInAs('b');
    server.token++; // The server rejects the token of the first user.
    await logIn(one);
    browser.calls.splice(0);
    const { answer } = browser;
    browser.answer = (call) => (kind === 'hidden' && call.token === 't0' ? 'offline' : answer(call));
    await expect(ended(rest.GET('/me'))).rejects.toMatchObject({ kind: 'signedOut' });
    expect(browser.calls.map(({ path, token }) => `${path} ${String(token)}`)).toEqual(['/me t0']);
  });
});
