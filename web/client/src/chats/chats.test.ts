import { describe, expect, test } from 'vitest';
import { CHAT, entry, message, OTHER } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { World, type Browser } from '../../test/sync/world.js';

async function started(world = new World()): Promise<World> {
  await world.settle();
  return world;
}
const ids = (world: World) => world.sync.chats.list.value?.map(({ chatId }) => chatId);

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

test('chats that did not change stay the same objects', async () => {
  const world = new World();
  world.server.addChat('b', 2);
  await world.settle();
  const before = world.sync.chats.get('b').value;
  world.frame(message(3));
  expect(world.sync.chats.get('b').value).toBe(before);
});
