import { beforeEach, describe, expect, it } from 'vitest';
import { type Call, FakeBrowser } from '../../test/fakes/tab.js';
import { Emitter, Value } from '../observable.js';
import type { Database } from '../parts.js';
import type { Ports } from '../ports.js';
import { MemoryBackend } from '../storage/memory.js';
import { BrowserSession } from './session.js';

const ana = { userId: 'a', name: 'Ana', email: 'ana@example.com', createdAt: 1 };
const MINUTE = 60_000;

describe('a session', () => {
  let browser: FakeBrowser;
  let shared: Database;
  let emptied: Emitter<void>;
  let token: number;
  let refresh: (call: Call) => ReturnType<FakeBrowser['answer']>;

  beforeEach(() => {
    browser = new FakeBrowser();
    const backend = new MemoryBackend();
    emptied = new Emitter();
    shared = Object.assign(backend, { state: new Value({ kind: 'persistent' } as const), emptied });
    token = 0;
    refresh = () => ({ status: 200, body: { accessToken: `t${String(++token)}`, idToken: 'i', expiresIn: 900 } });
    browser.answer = (call) => {
      const login = { accessToken: `t${String(token)}`, idToken: 'i', refreshToken: 'r', expiresIn: 900, user: ana };
      if (call.path === '/auth/login') return { status: 200, body: login };
      if (call.path === '/auth/refresh') return refresh(call);
      if (call.path === '/auth/logout') return { status: 204 };
      return call.token === `t${String(token)}`
        ? { status: 200, body: ana }
        : { status: 401, body: { message: 'Unauthorized' } };
    };
  });

  const open = async (ports: Ports = browser.tab().ports) => {
    const session = new BrowserSession({ apiUrl: 'https://api.test', database: shared, ports });
    await session.start();
    return session;
  };
  const logIn = async (session: BrowserSession) => session.logIn({ email: ana.email, password: 'Paloma-2026' });
  /** Runs virtual time until the call ends. */
  const ended = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    const mark = () => {
      done = true;
    };
    work.then(mark, mark);
    await browser.scheduler.run(browser.scheduler.now + 60_000, () => done);
    return work;
  };
  const refreshes = () => browser.calls.filter(({ path }) => path === '/auth/refresh').length;

  it('survives a reload', async () => {
    expect(await logIn(await open())).toEqual({ kind: 'signedIn' });
    const again = await open();
    expect(again.state.value).toEqual({ kind: 'signedIn', user: ana });
    await ended(again.rest.GET('/me'));
    expect(refreshes()).toBe(0);
  });

  it('renews its token a minute before the end, once for all calls', async () => {
    const session = await open();
    await logIn(session);
    await browser.pass(14 * MINUTE + 1);
    await ended(Promise.all([session.rest.GET('/me'), session.rest.GET('/me')]));
    expect(refreshes()).toBe(1);
  });

  it('renews a token that the server rejects, and repeats the call', async () => {
    const session = await open();
    await logIn(session);
    token++; // The server knows only a newer token.
    expect((await ended(session.rest.GET('/me'))).data).toEqual(ana);
    expect(refreshes()).toBe(1);
  });

  it('is renewed by one of two tabs, and the other one takes the result', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(20);
    await browser.pass(15 * MINUTE);
    await ended(Promise.all([one.rest.GET('/me'), two.rest.GET('/me')]));
    expect(refreshes()).toBe(1);
    expect(two.state.value.kind).toBe('signedIn');
  });

  it('survives a refresh without an answer', async () => {
    const session = await open();
    await logIn(session);
    await browser.pass(15 * MINUTE);
    refresh = () => 'offline';
    await expect(ended(session.rest.GET('/me'))).rejects.toMatchObject({ kind: 'offline', transient: true });
    expect(session.state.value.kind).toBe('signedIn');
  });

  it('survives a server that fails', async () => {
    const session = await open();
    await logIn(session);
    await browser.pass(15 * MINUTE);
    refresh = () => ({ status: 503, body: { message: 'Service Unavailable' } });
    await expect(ended(session.rest.GET('/me'))).rejects.toMatchObject({ kind: 'problem', transient: true });
    expect(session.state.value.kind).toBe('signedIn');
  });

  it('ends in all tabs when the server rejects the refresh token', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(15 * MINUTE);
    refresh = () => ({ status: 401, body: { message: 'Unauthorized' } });
    await expect(ended(one.rest.GET('/me'))).rejects.toMatchObject({ kind: 'signedOut' });
    await browser.pass(20);
    expect(one.state.value).toEqual({ kind: 'signedOut', reason: 'ended' });
    expect(two.state.value.kind).toBe('signedOut');
  });

  it('ends at once in all tabs at a logout, which is complete when the data is gone', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(20);
    expect(two.state.value.kind).toBe('signedIn');
    const left = Promise.withResolvers<undefined>();
    one.left = () => left.promise;
    const logout = one.logOut();
    await browser.pass(20);
    expect((await open()).state.value.kind, 'the tab may close before the server answers').toBe('signedOut');
    left.resolve(undefined);
    await ended(logout);
    expect([one.state.value.kind, two.state.value.kind]).toEqual(['signedOut', 'signedOut']);
    expect(browser.calls.at(-1)).toMatchObject({ path: '/auth/logout', body: { refreshToken: 'r' } });
  });

  it('ends here although the server does not answer the logout', async () => {
    const session = await open();
    await logIn(session);
    const { answer } = browser;
    browser.answer = (call) => (call.path === '/auth/logout' ? 'never' : answer(call));
    await ended(session.logOut());
    expect(session.state.value).toEqual({ kind: 'signedOut', reason: 'loggedOut' });
  });

  it('tells the server of a logout with an expired token', async () => {
    const session = await open();
    await logIn(session);
    await browser.pass(20 * MINUTE);
    const { answer } = browser;
    browser.answer = (call) => {
      if (call.path !== '/auth/logout') return answer(call);
      return call.token === 't1' ? { status: 204 } : { status: 401, body: { message: 'Unauthorized' } };
    };
    await ended(session.logOut());
    expect(browser.calls.slice(-3).map(({ path }) => path)).toEqual(['/auth/logout', '/auth/refresh', '/auth/logout']);
    expect(browser.calls.at(-1)?.token).toBe('t1');
  });

  it('does not claim a logout everywhere that the server did not confirm', async () => {
    const session = await open();
    await logIn(session);
    const { answer } = browser;
    browser.answer = (call) => (call.path === '/auth/logout' ? 'offline' : answer(call));
    await expect(ended(session.logOut({ everywhere: true }))).rejects.toMatchObject({ kind: 'offline' });
    expect(session.state.value.kind).toBe('signedIn');
  });

  it('renews at once when the clock was set back by a day', async () => {
    await logIn(await open());
    browser.clockError = -86_400_000;
    const again = await open();
    await ended(again.rest.GET('/me'));
    expect(refreshes()).toBe(1);
    await ended(again.rest.GET('/me'));
    expect(refreshes()).toBe(1);
  });

  it('renews once when the clock was set forward by a day', async () => {
    await logIn(await open());
    browser.clockError = 86_400_000;
    const again = await open();
    await ended(again.rest.GET('/me'));
    await ended(again.rest.GET('/me'));
    expect(refreshes()).toBe(1);
  });

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
    const held = Promise.withResolvers<ReturnType<typeof refresh>>();
    const answer = refresh({} as Call);
    refresh = () => held.promise as never;
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
    refresh = () => ({ status: 401, body: { message: 'Unauthorized' } });
    browser.answer = ({ path }) => (path === '/auth/refresh' ? refresh({} as Call) : { status: 401, body: {} });
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
});
