import { Emitter, Value } from '../../src/observable.js';
import type { Ports } from '../../src/ports.js';
import { BrowserSession } from '../../src/session/session.js';
import { MemoryBackend } from '../../src/storage/memory.js';
import { FakeBrowser } from './tab.js';

export const ana = { userId: 'a', name: 'Ana', email: 'ana@example.com', createdAt: 1 };

/** A browser with a server that logs Ana in. Its tabs share the stored session. */
export function sessionWorld() {
  const browser = new FakeBrowser();
  const emptied = new Emitter<void>();
  const shared = Object.assign(new MemoryBackend(), { state: new Value({ kind: 'persistent' } as const), emptied });
  const server = {
    /** The server accepts the access token with this number. */
    token: 0,
    refresh: renewed as FakeBrowser['answer'],
    /** The browser does not show the answer 401, because it has no CORS headers. */
    hidesRejections: false,
  };
  function renewed() {
    return { status: 200, body: { accessToken: `t${String(++server.token)}`, idToken: 'i', expiresIn: 900 } };
  }
  browser.answer = (call) => {
    const token = `t${String(server.token)}`;
    const login = { accessToken: token, idToken: 'i', refreshToken: 'r', expiresIn: 900, user: ana };
    if (call.path === '/auth/login') return { status: 200, body: login };
    if (call.path === '/auth/refresh') return server.refresh(call);
    if (call.path === '/auth/logout') return { status: 204 };
    if (call.token === token) return { status: 200, body: ana };
    return server.hidesRejections ? 'offline' : { status: 401, body: { message: 'Unauthorized' } };
  };

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

  return { browser, emptied, shared, server, open, logIn, ended, refreshes };
}
