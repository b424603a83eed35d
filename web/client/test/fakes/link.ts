import type { ServerEvent } from '../../src/contracts.js';
import { createRest } from '../../src/rest/rest.js';
import { SharedLink } from '../../src/socket/link.js';
import { BrowserTabs } from '../../src/tabs/tabs.js';
import type { FakeSocket } from './socket.js';
import { FakeBrowser } from './tab.js';

export const typing: ServerEvent = { type: 'typing', chatId: 'c', userId: 'b' };
export const accepted = { chatId: 'c', clientMessageId: 'm', messageId: 'i', seq: 1, status: 'sent', timestamp: 1 };

/** A browser with a server that hands out tickets and accepts messages, and its tabs with their links. */
export function linkWorld() {
  const browser = new FakeBrowser();
  let tickets = 0;
  browser.answer = ({ path }) =>
    path === '/ws/tickets'
      ? { status: 201, body: { ticket: `ticket-${String(++tickets)}`, expiresAt: 1 } }
      : { status: 202, body: accepted };

  const connect = async () => {
    const tab = browser.tab();
    const { ports } = tab;
    const tokens = {
      access: () => Promise.resolve('t'),
      renew: () => Promise.resolve('t'),
      renewIfDoubtful: () => Promise.resolve(undefined),
      refused: () => Promise.resolve(),
    };
    const rest = createRest('https://api.test', ports, tokens);
    const tabs = new BrowserTabs('a', ports);
    const link = new SharedLink({ webSocketUrl: 'wss://socket.test', rest, tabs, ports });
    let opened = 0;
    const events: ServerEvent[] = [];
    link.opened.subscribe(() => opened++);
    link.events.subscribe((event) => events.push(event));
    await browser.pass(50);
    return { tab, tabs, link, events, opened: () => opened };
  };
  const socket = (): FakeSocket => {
    const last = browser.sockets.at(-1);
    if (!last) throw new Error('No socket was opened.');
    return last;
  };
  const open = async () => {
    const side = await connect();
    socket().open();
    await browser.pass(10);
    return side;
  };

  return { browser, connect, socket, open };
}
