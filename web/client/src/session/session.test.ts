import { beforeEach, describe, expect, it } from 'vitest';
import { ana, sessionWorld } from '../../test/fakes/session.js';
import { problem } from '../../test/simulation/server/answer.js';

const MINUTE = 60_000;

describe('a session', () => {
  let { browser, server, open, logIn, ended, refreshes } = sessionWorld();
  beforeEach(() => {
    ({ browser, server, open, logIn, ended, refreshes } = sessionWorld());
  });

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
    server.token++; // The server knows only a newer token.
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
    server.refresh = () => 'offline';
    await expect(ended(session.rest.GET('/me'))).rejects.toMatchObject({ kind: 'offline', transient: true });
    expect(session.state.value.kind).toBe('signedIn');
  });

  it('survives a server that fails', async () => {
    const session = await open();
    await logIn(session);
    await browser.pass(15 * MINUTE);
    server.refresh = () => ({ status: 503, body: { message: 'Service Unavailable' } });
    await expect(ended(session.rest.GET('/me'))).rejects.toMatchObject({ kind: 'problem', transient: true });
    expect(session.state.value.kind).toBe('signedIn');
  });

  it.each([
    ['a login page with 200', { status: 200, text: '<html>Log in to the hotel</html>' }],
    ['JSON without tokens', { status: 200, body: { portal: true } }],
    ['an empty answer', { status: 204 }],
    ['a 401 without a body', { status: 401 }],
    ['a 401 in HTML', { status: 401, text: '<html>Log in</html>' }],
    ['a 401 in JSON', { status: 401, body: { message: 'Unauthorized' } }],
    ['a problem of another server', { status: 401, body: { type: 'about:blank', status: 401, detail: 'Log in.' } }],
    ['a 403 in HTML', { status: 403, text: '<html>Forbidden</html>' }],
  ])('survives %s from a proxy that answers the refresh', async (_, answer) => {
    const session = await open();
    await logIn(session);
    await browser.pass(15 * MINUTE);
    const { refresh } = server;
    server.refresh = () => answer;
    await expect(ended(session.rest.GET('/me'))).rejects.toMatchObject({ kind: 'offline', transient: true });
    expect(session.state.value.kind).toBe('signedIn');
    server.refresh = refresh;
    expect((await ended(session.rest.GET('/me'))).data).toEqual(ana);
  });

  it('survives a proxy that answers all calls with 401', async () => {
    const session = await open();
    await logIn(session);
    const { answer } = browser;
    browser.answer = () => ({ status: 401, body: { message: 'Unauthorized' } });
    await expect(ended(session.rest.GET('/me'))).rejects.toMatchObject({ kind: 'offline' });
    expect(session.state.value.kind).toBe('signedIn');
    browser.answer = answer;
    expect((await ended(session.rest.GET('/me'))).data).toEqual(ana);
  });

  it('ends in all tabs when the server rejects the refresh token', async () => {
    const [one, two] = [await open(), await open()];
    await logIn(one);
    await browser.pass(15 * MINUTE);
    server.refresh = () => problem(401, 'The session has ended.');
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

  it('tells the server of a logout with a token that the server rejects', async () => {
    const session = await open();
    await logIn(session);
    await browser.pass(2 * MINUTE);
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

  it('does not renew when the clock was synchronized, a little back', async () => {
    await logIn(await open());
    browser.clockError = -500;
    await ended((await open()).rest.GET('/me'));
    expect(refreshes()).toBe(0);
  });

  it('renews once when the clock was set forward by a day', async () => {
    await logIn(await open());
    browser.clockError = 86_400_000;
    const again = await open();
    await ended(again.rest.GET('/me'));
    await ended(again.rest.GET('/me'));
    expect(refreshes()).toBe(1);
  });
});
