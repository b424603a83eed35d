import { describe, expect, test } from 'vitest';
import { CHAT, message, OTHER, own } from '../../test/sync/build.js';
import { TestServer } from '../../test/sync/server.js';
import { World } from '../../test/sync/world.js';

const people = (world: World) => world.sync.people;
const ids = (world: World) => people(world).blocked.value?.map(({ userId }) => userId);
const calls = (world: World) => world.rest.taken().filter((call) => call.includes('/blocks'));
const settings = (blocked: boolean, userId = OTHER) => ({ type: 'settings', block: { userId, blocked } }) as const;
const of = (world: World) => world.sync.conversation(CHAT).state.value;

async function withMessages(count = 3): Promise<World> {
  const world = new World();
  world.server.addMany(count);
  await world.settle();
  world.link.opened.emit();
  await world.settle();
  world.rest.taken();
  return world;
}

describe('a block', () => {
  test('shows in the list and in the chat, and its end too', async () => {
    const world = await withMessages();
    expect([ids(world), world.chat?.blocked]).toEqual([[], false]);
    await people(world).block(OTHER);
    expect([ids(world), world.chat?.blocked]).toEqual([[OTHER], true]);
    expect(people(world).blocked.value?.[0]).toMatchObject({ name: 'Other' });
    await people(world).unblock(OTHER);
    expect([ids(world), world.chat?.blocked]).toEqual([[], false]);
    expect(calls(world)).toEqual([`PUT /blocks/${OTHER}`, `DELETE /blocks/${OTHER}`]);
  });

  test('that the server rejects shows nothing, and the caller gets the problem', async () => {
    const world = await withMessages();
    world.rest.reject(`PUT /blocks/${OTHER}`, 404);
    await expect(people(world).block(OTHER)).rejects.toMatchObject({ kind: 'problem' });
    expect([ids(world), world.chat?.blocked]).toEqual([[], false]);
  });

  test('of another device shows at once, and its frame after an own block asks nothing', async () => {
    const world = await withMessages();
    world.server.blocked.set(OTHER, 7);
    world.link.events.emit(settings(true));
    expect([ids(world), world.chat?.blocked]).toEqual([[OTHER], true]);
    await world.settle();
    expect(people(world).blocked.value).toEqual([{ userId: OTHER, name: 'Other', blockedAt: 7 }]);
    expect(calls(world)).toEqual(['GET /blocks?limit=100']);
    world.link.events.emit(settings(true));
    await world.settle();
    expect(calls(world)).toEqual([]);
  });

  test('by two frames in the wrong order ends as the server says', async () => {
    const world = await withMessages();
    world.link.events.emit(settings(false));
    world.link.events.emit(settings(true));
    await world.settle();
    expect([ids(world), world.chat?.blocked]).toEqual([[], false]);
  });

  test('that another device began or ended while this one was offline shows after the next socket', async () => {
    const world = await withMessages();
    for (const blocked of [true, false]) {
      if (blocked) world.server.blocked.set(OTHER, 7);
      else world.server.blocked.delete(OTHER);
      world.link.opened.emit();
      await world.settle();
      expect([ids(world), world.chat?.blocked]).toEqual([blocked ? [OTHER] : [], blocked]);
    }
  });

  test('is not undone by answers that were on their way', async () => {
    const world = await withMessages();
    world.rest.hold((call) => call.startsWith('GET'));
    world.link.opened.emit();
    await world.settle();
    world.server.change({ blocked: true });
    await people(world).block(OTHER);
    let changes = 0;
    people(world).blocked.subscribe(() => changes++);
    world.rest.release();
    await world.settle();
    expect([ids(world), world.chat?.blocked, changes]).toEqual([[OTHER], true, 1]);
  });

  test('is stored, so that the next start shows it without the server', async () => {
    const first = await withMessages();
    await people(first).block(OTHER);
    await first.settle(1_000);
    const next = new World({ server: first.server, database: first.database });
    next.rest.offline = true;
    await next.settle();
    expect(next.chat?.blocked).toBe(true);
  });

  test('of an erased user is gone', async () => {
    const world = await withMessages();
    await people(world).block(OTHER);
    world.link.events.emit({ type: 'erased', chatId: CHAT, userId: OTHER, erasedAt: 1 });
    expect(ids(world)).toEqual([]);
  });

  test('is read page by page, when a caller wants the list before a socket opened', async () => {
    const server = new TestServer();
    for (const id of ['a', 'b', 'c']) server.blocked.set(id, 1);
    server.blockPageSize = 2;
    const world = new World({ server });
    await world.settle();
    expect([ids(world), calls(world)]).toEqual([undefined, []]);
    people(world).blocked.subscribe(() => undefined);
    await world.settle();
    expect(ids(world)).toEqual(['a', 'b', 'c']);
  });
});

describe('a chat with a blocked user', () => {
  test('shows neither presence nor typing, and watches the presence again afterwards', async () => {
    const world = await withMessages();
    world.sync.conversation(CHAT);
    await world.settle();
    world.activity.typing.set(new Map([[CHAT, [OTHER]]]));
    expect(world.chat).toMatchObject({ presence: { online: true }, typing: [OTHER] });
    expect(world.activity.watched.has(CHAT)).toBe(true);
    await people(world).block(OTHER);
    expect(world.chat).toMatchObject({ presence: undefined, typing: [] });
    expect(world.activity.watched.has(CHAT)).toBe(false);
    await people(world).unblock(OTHER);
    expect(world.activity.watched.has(CHAT)).toBe(true);
  });

  test('gets no receipt', async () => {
    const world = await withMessages();
    const conversation = world.sync.conversation(CHAT);
    await people(world).block(OTHER);
    await world.settle(5_000);
    world.frames.length = 0;
    conversation.seen(3);
    world.frame(message(4));
    await world.settle(5_000);
    expect(world.frames.filter(({ action }) => action === 'updateStatus')).toEqual([]);
  });

  test('shows after the end of the block the next message, and counts it alone', async () => {
    const world = await withMessages();
    world.sync.conversation(CHAT);
    await world.settle();
    world.server.change({ blocked: true, windows: [{ from: 1, to: 3 }] });
    await people(world).block(OTHER);
    await world.sync.chats.reload();
    world.server.add({ content: 'hidden' });
    world.server.change({ blocked: false, windows: [{ from: 1, to: 3 }, { from: 5 }] });
    await people(world).unblock(OTHER);
    await world.settle();
    expect([of(world).rows.length, world.chat?.unread]).toEqual([3, 3]);
    world.frame(world.server.add({ content: 'after' }));
    await world.settle();
    expect(of(world).rows.map(({ content }) => content)).toEqual(['text 1', 'text 2', 'text 3', 'after']);
    expect(world.chat?.unread).toBe(4);
  });

  test('shows after the end of the block the receipts of that time', async () => {
    const world = new World();
    world.server.add(own(1));
    await world.settle();
    world.sync.conversation(CHAT);
    world.link.opened.emit();
    await world.settle();
    await people(world).block(OTHER);
    await world.settle();
    world.server.setStatus('read');
    await people(world).unblock(OTHER);
    await world.settle();
    expect(of(world).rows.map(({ tick }) => tick)).toEqual(['read']);
  });

  test('without messages during the block goes on as before', async () => {
    const world = await withMessages();
    world.sync.conversation(CHAT);
    await world.settle();
    world.server.change({ blocked: true, windows: [{ from: 1, to: 3 }] });
    await people(world).block(OTHER);
    world.link.opened.emit();
    await world.settle();
    world.server.change({ blocked: false, windows: [{ from: 1 }] });
    await people(world).unblock(OTHER);
    await world.settle();
    world.frame(world.server.add({ content: 'after' }));
    expect(of(world).rows.at(-1)?.content).toBe('after');
  });

  test('that began during the block appears with its end', async () => {
    const world = await withMessages();
    await people(world).block('ana');
    world.server.profiles.set('ana', 'Ana');
    world.server.addChat('new', 1, { participants: ['me', 'ana'], lastMessageTime: 2_000 });
    await people(world).unblock('ana');
    await world.settle();
    expect(world.sync.chats.get('new').value?.chatId).toBe('new');
  });
});

describe('messages to a user who had blocked the sender', () => {
  const ticks = (world: World) => of(world).rows.map(({ tick }) => tick);

  test('keep one tick, by the frame about a later message and after it', async () => {
    const world = new World();
    for (let count = 0; count < 4; count++) world.server.add(own(0, { seq: count + 1 }));
    world.server.setStatus('read', 2);
    await world.settle();
    world.sync.conversation(CHAT);
    await world.settle();
    expect(ticks(world)).toEqual(['read', 'read', 'sent', 'sent']);
    world.frame(world.server.add(own(5)));
    const status = { type: 'status', chatId: CHAT, seq: 5, from: 5, userId: OTHER, everyone: true } as const;
    world.link.events.emit({ ...status, status: 'delivered', timestamp: 1 });
    expect(ticks(world)).toEqual(['read', 'read', 'sent', 'sent', 'delivered']);
    expect(world.chat?.last?.tick).toBe('delivered');
    world.link.events.emit({ ...status, status: 'read', timestamp: 2 });
    expect(ticks(world)).toEqual(['read', 'read', 'sent', 'sent', 'read']);
  });

  test('keep one tick by pages alone, also in the next tab', async () => {
    const world = new World();
    for (let count = 0; count < 5; count++) world.server.add(own(0, { seq: count + 1 }));
    world.server.setStatus('read');
    world.server.keptBack = [3, 4];
    await world.settle();
    world.sync.conversation(CHAT);
    await world.settle(1_000);
    expect(ticks(world)).toEqual(['read', 'read', 'sent', 'sent', 'read']);
    const next = new World({ server: world.server, database: world.database });
    next.rest.offline = true;
    await next.settle();
    next.sync.conversation(CHAT);
    await next.settle();
    expect(ticks(next)).toEqual(['read', 'read', 'sent', 'sent', 'read']);
  });

  test('are no others that a page on its way calls sent, while a frame says that they were read', async () => {
    const world = new World();
    for (let count = 0; count < 2; count++) world.server.add(own(0, { seq: count + 1 }));
    await world.settle();
    world.sync.conversation(CHAT);
    await world.settle();
    world.rest.hold((call) => call.includes('messages'));
    world.link.opened.emit();
    await world.settle();
    const status = { type: 'status', chatId: CHAT, seq: 2, userId: OTHER, everyone: true, timestamp: 1 } as const;
    world.link.events.emit({ ...status, status: 'read' });
    world.rest.release();
    await world.settle();
    expect(ticks(world)).toEqual(['read', 'read']);
  });
});
