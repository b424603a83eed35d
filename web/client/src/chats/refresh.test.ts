import { describe, expect, test } from 'vitest';
import { CHAT, ME, message, OTHER, own } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { World, type Browser } from '../../test/sync/world.js';

async function started(world = new World()): Promise<World> {
  await world.settle();
  return world;
}
const ids = (world: World) => world.sync.chats.list.value?.map(({ chatId }) => chatId);
const lists = (world: World) => world.rest.taken().filter((call) => call.startsWith('GET /chats?'));

describe('the paging of the list', () => {
  test('reads all pages, then the chats that moved meanwhile, until these are one page', async () => {
    const world = new World();
    world.server.chatPageSize = 2;
    for (const name of ['b', 'c', 'd']) world.server.addChat(name, 1);
    world.server.asOf = 0;
    world.rest.hold();
    await settled();
    world.server.asOf = 1_000;
    world.rest.release();
    await world.settle();
    const [first = '', ...more] = lists(world);
    expect(first).toBe('GET /chats?limit=100');
    expect(more).toEqual([
      'GET /chats?cursor=2&limit=100',
      'GET /chats?since=0&limit=100',
      'GET /chats?cursor=2&limit=100',
      'GET /chats?since=1000&limit=100',
      'GET /chats?requests=true&limit=100',
    ]);
    expect(ids(world)).toHaveLength(4);
  });

  test('after a new socket, asks for what moved since, and for the newest page', async () => {
    const world = await started();
    lists(world);
    world.link.opened.emit();
    await world.settle();
    expect(lists(world)).toEqual([
      'GET /chats?since=1000&limit=100',
      'GET /chats?limit=100',
      'GET /chats?requests=true&limit=100',
    ]);
  });

  test('after a new socket, reads on until no unread chat is left that another device may have read', async () => {
    const world = new World();
    world.server.chatPageSize = 1;
    for (const name of ['b', 'c', 'd', 'e']) world.server.addChat(name, 2);
    world.server.addChat('old', 1);
    await world.settle();
    world.server.mark(1, 'old');
    for (const name of ['b', 'c', 'd', 'e']) world.server.mark(2, name);
    expect(world.sync.chats.unread.value).toBe(9);
    world.link.opened.emit();
    await world.settle();
    expect(world.sync.chats.unread.value).toBe(0);
  });
});

describe('a new socket', () => {
  /** Four chats on four pages, with everything read. */
  async function fourChats(): Promise<World> {
    const world = new World();
    world.server.chatPageSize = 1;
    // No sender may delete the messages any more.
    world.server.asOf = 61 * 3_600_000;
    for (const name of ['b', 'c', 'd']) world.server.addChat(name, 1, { readSeq: 1, deliveredSeq: 1 });
    await world.settle();
    lists(world);
    return world;
  }
  const wholePages = (world: World) => lists(world).filter((call) => !/since|requests/.test(call)).length;

  test('reads one page of the whole list if nothing is unread', async () => {
    const world = await fourChats();
    world.link.opened.emit();
    await world.settle();
    expect(wholePages(world)).toBe(1);
  });

  test('reads on to chats with a last message that its sender may have deleted', async () => {
    const world = await fourChats();
    world.server.asOf = 59 * 3_600_000;
    world.server.edit(1, null, 'd');
    world.link.opened.emit();
    await world.settle();
    expect(world.sync.chats.get('d').value?.last).toMatchObject({ deleted: true, content: null });
  });

  test('reads on to a chat with a receipt that the server may not know', async () => {
    const world = await fourChats();
    world.frame(message(2, { chatId: 'd', senderId: OTHER }));
    world.sync.conversation('d');
    await world.settle(2_000);
    lists(world);
    world.frame(own(3, { chatId: 'd' }));
    world.link.opened.emit();
    await world.settle();
    expect(wholePages(world)).toBeGreaterThan(1);
  });
});

describe('the last rows after a list', () => {
  test('get the ticks of own messages, which lists do not tell', async () => {
    const world = new World();
    world.server.add({ senderId: ME });
    world.server.setStatus('delivered');
    await world.settle();
    expect(world.chat?.last?.tick).toBe('delivered');
    world.server.setStatus('read');
    world.link.opened.emit();
    await world.settle();
    expect(world.chat?.last?.tick).toBe('read');
    world.rest.taken();
    world.link.opened.emit();
    await world.settle();
    expect(world.rest.taken().filter((call) => call.includes('/messages'))).toEqual([]);
  });

  test('get the newest message, if the list was behind', async () => {
    const world = new World();
    world.server.addMany(2);
    const late = world.server.chats.get(CHAT);
    if (late) late.lag = 1;
    await world.settle();
    expect(world.chat).toMatchObject({ unread: 2, last: { content: 'text 2' } });
  });

  test('reach the other tabs after a new socket', async () => {
    const browser: Browser = new Set();
    const one = new World({ browser });
    one.server.add({ senderId: ME });
    const other = new World({ browser, server: one.server, leading: false });
    await one.settle();
    await other.settle();
    one.server.setStatus('read');
    one.link.opened.emit();
    await one.settle();
    expect(other.chat?.last?.tick).toBe('read');
  });
});
