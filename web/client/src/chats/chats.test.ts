import { describe, expect, test } from 'vitest';
import { CHAT, chat, entry, ME, message, OTHER, own } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { World, type Browser } from '../../test/sync/world.js';

async function started(world = new World()): Promise<World> {
  await world.settle();
  return world;
}
const ids = (world: World) => world.sync.chats.list.value?.map(({ chatId }) => chatId);
const lists = (world: World) => world.rest.taken().filter((call) => call.startsWith('GET /chats?'));

describe('the chat list', () => {
  test('is undefined until the first list is there', async () => {
    const world = new World();
    expect(world.sync.chats.list.value).toBeUndefined();
    await world.settle();
    expect(ids(world)).toEqual([CHAT]);
  });

  test('does not show a chat that was opened before it as the whole list', async () => {
    const world = new World();
    world.server.addChat('b', 2);
    world.rest.hold((call) => call.startsWith('GET /chats?'));
    world.sync.conversation('b');
    await settled();
    expect(world.sync.chats.get('b').value?.unread).toBe(2);
    expect([world.sync.chats.list.value, world.sync.chats.unread.value]).toEqual([undefined, 0]);
    world.rest.release();
    await world.settle();
    expect(ids(world)).toEqual(['b', CHAT]);
  });

  test('is empty for a user without chats', async () => {
    const world = new World();
    world.server.chats.clear();
    expect(ids(await started(world))).toEqual([]);
  });

  test('shows the cached chats first, and then those of the server', async () => {
    const first = new World();
    first.server.addMany(1);
    await first.settle(5_000);
    const world = new World({ server: first.server, database: first.database });
    world.rest.hold();
    first.server.addMany(1);
    await settled();
    expect(world.chat?.unread).toBe(1);
    world.rest.release();
    await world.settle();
    expect(world.chat?.unread).toBe(2);
  });

  test('tells why it may be outdated, until a later try succeeds', async () => {
    const world = new World();
    world.rest.offline = true;
    await world.settle();
    expect(world.sync.chats.problem.value?.kind).toBe('offline');
    world.rest.offline = false;
    await world.settle(60_000);
    expect(world.sync.chats.problem.value).toBeUndefined();
    expect(ids(world)).toEqual([CHAT]);
  });

  test('is sorted by the last row, also by an unsent one', async () => {
    const world = new World();
    world.server.addChat('b', 2);
    world.server.addMany(1);
    await world.settle();
    expect(ids(world)).toEqual(['b', CHAT]);
    world.outbox.entries.set([entry('a', { createdAt: 99 })]);
    expect(ids(world)).toEqual([CHAT, 'b']);
    expect(world.chat?.last).toMatchObject({ content: 'pending', tick: 'queued' });
  });
});

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
    ]);
    expect(ids(world)).toHaveLength(4);
  });

  test('after a new socket, asks for what moved since, and for the newest page', async () => {
    const world = await started();
    lists(world);
    world.link.opened.emit();
    await world.settle();
    expect(lists(world)).toEqual(['GET /chats?since=1000&limit=100', 'GET /chats?limit=100']);
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
    for (const name of ['b', 'c', 'd']) world.server.addChat(name, 1, { readSeq: 1, deliveredSeq: 1 });
    await world.settle();
    lists(world);
    return world;
  }
  const wholePages = (world: World) => lists(world).filter((call) => !call.includes('since')).length;

  test('reads one page of the whole list if nothing is unread', async () => {
    const world = await fourChats();
    world.link.opened.emit();
    await world.settle();
    expect(wholePages(world)).toBe(1);
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

describe('a frame', () => {
  test('of a message counts it and moves the chat up', async () => {
    const world = new World();
    world.server.addChat('b', 2);
    await world.settle();
    world.frame(message(3, { timestamp: 9 }));
    expect(ids(world)).toEqual([CHAT, 'b']);
    expect(world.chat).toMatchObject({ unread: 3, last: { content: 'text 3', own: false } });
  });

  test('before the first list is not lost', async () => {
    const world = new World();
    world.rest.hold();
    await settled();
    world.frame(world.server.add());
    world.rest.release();
    await world.settle();
    expect(world.chat?.last?.content).toBe('text 1');
  });

  test('of a message in an unknown chat loads the chat', async () => {
    const world = await started();
    world.server.addChat('new', 1);
    world.frame(message(1, { chatId: 'new' }));
    await world.settle();
    expect(world.sync.chats.get('new').value).toMatchObject({ unread: 1, name: 'Other' });
  });

  test('of a message in a chat without the user changes nothing', async () => {
    const world = await started();
    world.frame(message(1, { chatId: 'foreign' }));
    await world.settle(60_000);
    expect(ids(world)).toEqual([CHAT]);
  });

  test('of a new chat adds it, with the name of the other member', async () => {
    const world = await started();
    world.server.profiles.set('third', 'Third');
    const { lastMessage: _, ...created } = chat(0, { chatId: 'new', participants: [ME, 'third'] });
    world.link.events.emit({ type: 'chat', chat: created });
    await world.settle();
    expect(world.sync.chats.get('new').value?.name).toBe('Third');
  });

  test('of an own send on another device sets unread to zero', async () => {
    const world = new World();
    world.server.addMany(3);
    await world.settle();
    world.frame(own(4));
    expect(world.chat?.unread).toBe(0);
  });

  test('of the own receipt on another device moves the mark, and a late one does not move it back', async () => {
    const world = new World();
    world.server.addMany(3);
    await world.settle();
    const status = (seq: number) =>
      ({ type: 'status', chatId: CHAT, seq, status: 'read', userId: ME, everyone: false, timestamp: 1 }) as const;
    world.link.events.emit(status(3));
    world.link.events.emit(status(1));
    expect(world.chat).toMatchObject({ unread: 0, readSeq: 3 });
  });

  test('of a mute changes the total of unread messages, and the mute ends by itself', async () => {
    const world = new World();
    world.server.addMany(3);
    await world.settle();
    expect(world.sync.chats.unread.value).toBe(3);
    world.link.events.emit({ type: 'settings', chat: { chatId: CHAT, mutedUntil: 5_000 } });
    expect([world.sync.chats.unread.value, world.chat?.unread, world.chat?.mutedUntil]).toEqual([0, 3, 5_000]);
    await world.settle(5_001);
    expect([world.sync.chats.unread.value, world.chat?.mutedUntil]).toEqual([3, undefined]);
  });
});

describe('in several tabs', () => {
  test('a read in one tab sets the badge of the others to zero at once', async () => {
    const browser: Browser = new Set();
    const one = new World({ browser });
    one.server.addMany(3);
    const other = new World({ browser, server: one.server, leading: false });
    await one.settle();
    await other.settle();
    const conversation = other.sync.conversation(CHAT);
    await other.settle();
    conversation.seen(3);
    expect([one.sync.chats.unread.value, other.sync.chats.unread.value]).toEqual([0, 0]);
  });

  test('only the leading tab writes the list', async () => {
    const world = new World({ leading: false });
    world.server.addMany(3);
    await world.settle(5_000);
    expect(world.database.writes).toEqual([]);
  });
});

describe('the user', () => {
  test('mutes a chat', async () => {
    const world = await started();
    await world.sync.chats.mute(CHAT, 5_000);
    expect(world.chat?.mutedUntil).toBe(5_000);
    await world.sync.chats.mute(CHAT, null);
    expect(world.chat?.mutedUntil).toBeUndefined();
  });

  test('mutes a chat while an older list is on its way, and it stays muted', async () => {
    const world = await started();
    world.rest.hold((call) => call.startsWith('GET /chats?'));
    world.link.opened.emit();
    await world.settle(10);
    await world.sync.chats.mute(CHAT, 5_000);
    world.rest.release();
    await world.settle();
    expect(world.chat?.mutedUntil).toBe(5_000);
  });

  test('creates a chat, and it is in the list', async () => {
    const world = await started();
    const chatId = await world.sync.chats.createDirect(OTHER);
    expect(ids(world)).toContain(chatId);
  });

  test('finds a user by address, and a chat with this user has a name at once', async () => {
    const world = await started();
    world.server.profiles.delete(OTHER);
    const found = await world.sync.chats.findByEmail('other@example.com');
    expect(found).toEqual({ userId: OTHER, name: 'Found' });
    expect(world.sync.people.get(OTHER).value?.name).toBe('Found');
  });

  test('finds no user at an unknown address', async () => {
    const world = await started();
    expect(await world.sync.chats.findByEmail('x@example.com')).toBeUndefined();
  });

  test('logs out during the start, and nothing is asked', async () => {
    const world = new World();
    world.me.set(undefined);
    await world.settle();
    expect(world.rest.calls).toEqual([]);
  });

  test('logs out while the cache is read, and sees nothing of it', async () => {
    const first = await started();
    await first.settle(1_000);
    const world = new World({ server: first.server, database: first.database });
    world.me.set(undefined);
    await world.settle();
    expect(world.sync.chats.list.value).toBeUndefined();
  });

  test('logs out, and nothing is left', async () => {
    const world = new World();
    world.server.addMany(3);
    await world.settle();
    world.me.set(undefined);
    expect([world.sync.chats.list.value, world.sync.chats.unread.value]).toEqual([undefined, 0]);
    expect(() => world.sync.conversation(CHAT)).toThrow('Log in');
    world.frame(message(4));
    await world.settle(5_000);
    expect(world.sync.chats.list.value).toBeUndefined();
  });
});

test.each(['hides', 'closes'])('a user who %s the tab at once loses no mark', async (how) => {
  const first = new World();
  first.server.addMany(1);
  await first.settle(1_000);
  first.frame(message(2));
  if (how === 'hides') first.attention.set({ visible: false, focused: false });
  else await first.sync.close();
  await settled();
  const world = new World({ server: first.server, database: first.database });
  world.rest.offline = true;
  await world.settle();
  expect(world.chat?.lastSeq).toBe(2);
});

test('only a chat that changed is written to the cache', async () => {
  const world = new World();
  world.server.addChat('b', 2);
  await world.settle(1_000);
  world.database.writes.splice(0);
  world.frame(message(3));
  await world.settle(1_000);
  expect(world.database.writes.filter((row) => row.startsWith('chats'))).toEqual([`chats ${CHAT}`]);
});

test('a receipt of one member of a group does not change the ticks', async () => {
  const world = new World();
  world.server.add({ senderId: ME });
  await world.settle();
  const status = { type: 'status', chatId: CHAT, seq: 1, status: 'read', userId: OTHER, timestamp: 1 } as const;
  world.link.events.emit({ ...status, everyone: false });
  expect(world.chat?.last?.tick).toBe('sent');
  world.link.events.emit({ ...status, everyone: true });
  expect(world.chat?.last?.tick).toBe('read');
});

test('chats that did not change stay the same objects', async () => {
  const world = new World();
  world.server.addChat('b', 2);
  await world.settle();
  const before = world.sync.chats.get('b').value;
  world.frame(message(3));
  expect(world.sync.chats.get('b').value).toBe(before);
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
