import { describe, expect, test } from 'vitest';
import { CHAT, message, own } from '../../test/sync/build.js';
import { World } from '../../test/sync/world.js';

async function started(world = new World()): Promise<World> {
  await world.settle();
  return world;
}

/** A world with three unread messages. */
async function withMessages(): Promise<World> {
  const world = new World();
  world.server.addMany(3);
  return started(world);
}

const ids = (world: World) => world.sync.chats.list.value?.map(({ chatId }) => chatId);
const pin = (pinned: boolean, changedAt = 1) =>
  ({ type: 'settings', pin: { chatId: CHAT, pinned, changedAt } }) as const;
const archive = (archived: boolean, lastCount = 3, changedAt = 1) =>
  ({ type: 'settings', archive: { chatId: CHAT, archived, lastCount, changedAt } }) as const;
const unread = (markedUnread: boolean, readSeq: number, changedAt = 1) =>
  ({ type: 'settings', unread: { chatId: CHAT, markedUnread, readSeq, changedAt } }) as const;

describe('a pin', () => {
  test('puts a chat on top of newer ones, here and by a frame', async () => {
    const world = new World();
    world.server.addChat('b', 2);
    await world.settle();
    expect(ids(world)).toEqual(['b', CHAT]);
    await world.sync.chats.pin(CHAT, true);
    expect(ids(world)).toEqual([CHAT, 'b']);
    world.link.events.emit(pin(false, 5));
    expect(ids(world)).toEqual(['b', CHAT]);
  });

  test('of an older frame that arrives late changes nothing', async () => {
    const world = await withMessages();
    world.link.events.emit(pin(true, 9));
    world.link.events.emit(pin(false, 8));
    expect(world.chat?.pinned).toBe(true);
  });

  test('ends the archive, and the archive ends it', async () => {
    const world = await withMessages();
    world.link.events.emit(archive(true));
    world.link.events.emit(pin(true));
    expect(world.chat).toMatchObject({ pinned: true, archived: false });
    world.link.events.emit(archive(true, 3, 2));
    expect(world.chat).toMatchObject({ pinned: false, archived: true });
  });

  test('of another device shows after a reconnect, also its end', async () => {
    const world = await withMessages();
    world.server.change({ pinned: true });
    world.link.opened.emit();
    await world.settle();
    expect(world.chat?.pinned).toBe(true);
    world.server.change({ pinned: false });
    world.link.opened.emit();
    await world.settle();
    expect(world.chat?.pinned).toBe(false);
  });

  test('while an older list is on its way stays', async () => {
    const world = await withMessages();
    world.rest.hold((call) => call.startsWith('GET /chats?'));
    world.link.opened.emit();
    await world.settle(10);
    await world.sync.chats.pin(CHAT, true);
    world.rest.release();
    await world.settle();
    expect(world.chat?.pinned).toBe(true);
  });

  test('that the server rejects shows nothing, and the caller gets the problem', async () => {
    const world = await withMessages();
    world.server.chats.delete(CHAT);
    await expect(world.sync.chats.pin(CHAT, true)).rejects.toMatchObject({ kind: 'problem' });
    expect(world.chat?.pinned).toBe(false);
  });
});

test('a setting that this version does not know is ignored', async () => {
  const world = await withMessages();
  const unknown = { type: 'settings', wallpaper: { chatId: CHAT, image: 'x' } };
  world.link.events.emit(unknown as never);
  expect(world.chat).toMatchObject({ pinned: false, archived: false, markedUnread: false });
});

describe('an archived chat', () => {
  test('does not count, and a message brings it back', async () => {
    const world = await withMessages();
    await world.sync.chats.archive(CHAT, true);
    expect([world.chat?.archived, world.sync.chats.unread.value]).toEqual([true, 0]);
    world.frame(message(4));
    expect([world.chat?.archived, world.sync.chats.unread.value]).toEqual([false, 4]);
  });

  test('stays while it is muted, and a message of that time does not bring it back later', async () => {
    const world = await withMessages();
    await world.sync.chats.mute(CHAT, 5_000);
    world.link.events.emit(archive(true));
    world.frame(message(4));
    expect([world.chat?.archived, world.sync.chats.unread.value]).toEqual([true, 0]);
    await world.sync.chats.mute(CHAT, null);
    expect(world.chat?.archived).toBe(true);
    world.frame(message(5));
    expect(world.chat?.archived).toBe(false);
  });

  test('stays when the group changes', async () => {
    const world = await withMessages();
    world.link.events.emit(archive(true));
    world.frame(message(4, { count: 3, content: null, kind: { type: 'chatChanged', name: 'New' } }));
    expect(world.chat?.archived).toBe(true);
  });

  test('is back if the frame about the archive is later than the message that brought it back', async () => {
    const world = await withMessages();
    world.frame(message(4));
    world.link.events.emit(archive(true, 3));
    expect(world.chat?.archived).toBe(false);
    world.link.events.emit(archive(true, 4, 2));
    expect(world.chat?.archived).toBe(true);
  });

  test('is back if an older list still shows it as archived', async () => {
    const world = new World();
    world.server.addMany(3);
    world.server.change({ archived: true });
    await world.settle();
    expect(world.chat?.archived).toBe(true);
    world.rest.hold((call) => call.startsWith('GET /chats?'));
    world.link.opened.emit();
    await world.settle(10);
    world.frame(message(4));
    world.rest.release();
    await world.settle();
    expect(world.chat?.archived).toBe(false);
  });
});

describe('a mark as unread', () => {
  test('counts nothing, and ends when the user reads', async () => {
    const world = await withMessages();
    const conversation = world.sync.conversation(CHAT);
    await world.settle();
    await world.sync.chats.markUnread(CHAT);
    expect(world.chat).toMatchObject({ markedUnread: true, unread: 3 });
    conversation.seen(3);
    await world.settle();
    expect(world.chat).toMatchObject({ markedUnread: false, unread: 0 });
    expect(world.rest.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(1);
  });

  test('ends by a call when the user looks at a chat that is read', async () => {
    const world = await withMessages();
    world.link.events.emit(unread(true, 3));
    expect(world.chat).toMatchObject({ markedUnread: true, readSeq: 3, unread: 0 });
    const conversation = world.sync.conversation(CHAT);
    await world.settle();
    conversation.seen(3);
    conversation.seen(3);
    await world.settle();
    expect(world.chat?.markedUnread).toBe(false);
    expect(world.rest.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(1);
  });

  test('does not come back by an answer about the chat from before its end', async () => {
    const world = await withMessages();
    world.link.events.emit(unread(true, 3));
    world.server.change({ markedUnread: true, readSeq: 3, unreadCount: 0 });
    world.rest.hold((call) => call === `GET /chats/${CHAT}`);
    const conversation = world.sync.conversation(CHAT);
    await world.settle();
    conversation.seen(3);
    await world.settle();
    expect(world.chat?.markedUnread).toBe(false);
    world.rest.release();
    await world.settle();
    expect(world.chat?.markedUnread).toBe(false);
  });

  test('ends after a failure of the call, although the user does not look again', async () => {
    const world = await withMessages();
    world.link.events.emit(unread(true, 3));
    const conversation = world.sync.conversation(CHAT);
    await world.settle();
    world.rest.reject(`PUT /chats/${CHAT}/unread`, 503);
    conversation.seen(3);
    await world.settle();
    expect(world.chat?.markedUnread).toBe(true);
    await world.settle(60_000);
    expect(world.chat?.markedUnread).toBe(false);
  });

  test('stays if the user marks the chat again before the end of an earlier mark is repeated', async () => {
    const world = await withMessages();
    world.server.change({ readSeq: 3 });
    world.link.events.emit(unread(true, 3));
    const conversation = world.sync.conversation(CHAT);
    await world.settle();
    world.rest.reject(`PUT /chats/${CHAT}/unread`, 503);
    conversation.seen(3);
    await world.settle();
    await world.sync.chats.markUnread(CHAT);
    await world.settle(60_000);
    expect(world.chat?.markedUnread).toBe(true);
  });

  test('that was unknown when the user opened the chat ends with its opening', async () => {
    const world = await withMessages();
    world.link.events.emit(unread(false, 3));
    await world.settle(1);
    world.server.change({ markedUnread: true, readSeq: 3, unreadCount: 0 });
    world.rest.delay((call) => call === `GET /chats/${CHAT}`);
    const conversation = world.sync.conversation(CHAT);
    await world.settle();
    conversation.seen(3);
    expect(world.chat?.markedUnread).toBeFalsy();
    world.rest.release();
    await world.settle();
    expect(world.chat?.markedUnread).toBe(false);
    expect(world.rest.calls).toContain(`PUT /chats/${CHAT}/unread`);
  });

  test('ends when the user writes, on any device', async () => {
    const world = await withMessages();
    world.link.events.emit(unread(true, 3));
    world.frame(message(4));
    expect(world.chat?.markedUnread).toBe(true);
    world.frame(own(5));
    expect(world.chat?.markedUnread).toBe(false);
  });

  test('that a later receipt has ended does not come back by its late frame', async () => {
    const world = await withMessages();
    world.sync.conversation(CHAT).seen(3);
    await world.settle();
    const conversation = world.sync.conversation(CHAT);
    conversation.seen(3);
    world.link.events.emit(unread(true, 2));
    expect(world.chat?.markedUnread).toBe(false);
  });

  test('ends with everything read, without opening the chat', async () => {
    const world = await withMessages();
    await world.sync.chats.markRead(CHAT);
    expect(world.chat).toMatchObject({ markedUnread: false, unread: 0, readSeq: 3 });
    world.link.events.emit(unread(true, 3));
    await world.sync.chats.markRead(CHAT);
    expect(world.chat?.markedUnread).toBe(false);
  });
});
