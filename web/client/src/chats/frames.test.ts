import { describe, expect, test } from 'vitest';
import { CHAT, chat, ME, message, OTHER, own } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { World } from '../../test/sync/world.js';

async function started(world = new World()): Promise<World> {
  await world.settle();
  return world;
}
const ids = (world: World) => world.sync.chats.list.value?.map(({ chatId }) => chatId);

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

  test('of a mute or of an erased member before the first list is not lost', async () => {
    const world = new World();
    world.server.addMany(1);
    world.rest.hold();
    await settled();
    world.link.events.emit({ type: 'settings', chat: { chatId: CHAT, mutedUntil: 5_000 } });
    world.link.events.emit({ type: 'erased', chatId: CHAT, userId: OTHER, erasedAt: 1 });
    world.rest.release();
    await world.settle();
    expect(world.chat).toMatchObject({ mutedUntil: 5_000, erased: [OTHER], last: { erased: true } });
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
