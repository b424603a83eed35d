import { beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../src/paloma.js';
import type { StoreName } from '../src/parts.js';
import { FakeBrowser } from './fakes/tab.js';
import { problem } from './simulation/server/answer.js';

const ana = { userId: 'a', name: 'Ana', email: 'ana@example.com', createdAt: 1 };
const CONFIG = { apiUrl: 'https://api.test', webSocketUrl: 'wss://socket.test' };
const ALL: readonly StoreName[] = ['session', 'chats', 'messages', 'tails', 'outbox', 'drafts', 'meta'];
const chat = {
  ...{ chatId: 'c', type: 'direct', participants: ['a', 'b'], lastMessage: null, lastMessageTime: 1 },
  ...{ lastSeq: 0, readSeq: 0, deliveredSeq: 0, unreadCount: 0 },
};

describe('all tabs', () => {
  let browser: FakeBrowser;
  let isOver: boolean;

  beforeEach(() => {
    browser = new FakeBrowser();
    isOver = false;
    browser.answer = ({ path }) => {
      if (path === '/auth/login') {
        return { status: 200, body: { accessToken: 't', idToken: 'i', refreshToken: 'r', expiresIn: 900, user: ana } };
      }
      if (path === '/auth/logout') return { status: 204 };
      if (isOver) return problem(401, 'The session has ended.');
      if (path === '/ws/tickets') return { status: 201, body: { ticket: 'x', expiresAt: 1 } };
      if (path === '/blocks') return { status: 200, body: { blocks: [] } };
      return path === '/chats' ? { status: 200, body: { chats: [chat], asOf: 1 } } : { status: 503 };
    };
  });

  const open = () => {
    const tab = browser.tab();
    return { tab, paloma: assemble(CONFIG, tab.ports, (_, name) => tab.open(name)) };
  };
  const stored = () => ALL.filter((name) => browser.storage.rows(name).length > 0);
  /** Two tabs of a user with an unsent message, a draft, and a chat list that was not written yet. */
  const use = async () => {
    const [{ paloma: one, tab }, { paloma: two, tab: other }] = [open(), open()];
    const login = one.session.logIn({ email: ana.email, password: 'Paloma-2026' });
    await browser.pass(400);
    await login;
    browser.sockets.at(-1)?.open();
    const conversation = one.conversation('c');
    void conversation.send('unsent');
    void two.drafts.set('c', 'a draft');
    await browser.pass(2_000);
    return { one, two, tab, other };
  };

  it('keep nothing after a logout, whatever the other tabs were about to write', async () => {
    const { one, two } = await use();
    expect(stored()).toEqual(expect.arrayContaining(['session', 'outbox', 'drafts']));
    const logout = one.session.logOut();
    for (let time = 0; time < 20; time++) {
      if (two.session.state.value.kind === 'signedIn') void two.drafts.set('c', `a late draft ${String(time)}`);
      await browser.pass(1);
    }
    await browser.pass(10_000);
    await logout;
    await browser.pass(1_000);
    expect(two.session.state.value).toEqual({ kind: 'signedOut', reason: 'loggedOut' });
    expect(stored()).toEqual([]);
  });

  it('keep nothing after a logout, although the tab ended at once and the others before', async () => {
    const { one, tab, other } = await use();
    other.kill();
    void one.session.logOut();
    while (stored().includes('session')) await browser.pass(1);
    tab.kill();
    expect(stored()).toEqual(expect.arrayContaining(['outbox', 'meta']));
    const again = open().paloma;
    await browser.pass(1_000);
    expect(again.session.state.value).toEqual({ kind: 'signedOut', reason: 'none' });
    expect(stored()).toEqual([]);
  });

  it('keep the unsent texts alone after an ended session, for the next login of the user', async () => {
    const { one, two } = await use();
    expect(stored()).toContain('chats');
    isOver = true;
    one.connection.retryNow();
    await browser.pass(20 * 60_000);
    expect(one.session.state.value).toEqual({ kind: 'signedOut', reason: 'ended' });
    expect(two.session.state.value).toEqual({ kind: 'signedOut', reason: 'ended' });
    expect(stored()).toEqual(['outbox', 'drafts']);
    isOver = false;
    const login = one.session.logIn({ email: ana.email, password: 'Paloma-2026' });
    await browser.pass(400);
    await login;
    expect(one.outbox.entries.value.map(({ content }) => content)).toEqual(['unsent']);
    expect(one.drafts.get('c')).toBe('a draft');
  });

  it('show a new profile of another device', async () => {
    const { one, two } = await use();
    browser.sockets.at(-1)?.receive({ type: 'settings', profile: { name: 'Anna', avatar: null } });
    await browser.pass(50);
    for (const { session } of [one, two]) expect(session.state.value).toMatchObject({ user: { name: 'Anna' } });
  });
});
