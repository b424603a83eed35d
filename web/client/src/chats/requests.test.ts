import { describe, expect, test } from 'vitest';
import { CHAT, ME, OTHER, message, own } from '../../test/sync/build.js';
import { World } from '../../test/sync/world.js';

const ids = (world: World) => world.sync.chats.list.value?.map(({ chatId }) => chatId);
const requests = (world: World) => world.sync.chats.requests.value.map(({ chatId }) => chatId);
const answer = (accepted: boolean, changedAt = 1) =>
  ({ type: 'settings', request: { chatId: 'asked', accepted, changedAt } }) as const;

/** A world with an ordinary chat, and a request with two messages. */
async function asked(): Promise<World> {
  const world = new World();
  world.server.addChat('asked', 2, { requestedBy: OTHER });
  await world.settle();
  return world;
}

describe('a request', () => {
  test('is in a list of its own, and counts for no badge', async () => {
    const world = await asked();
    expect([ids(world), requests(world)]).toEqual([[CHAT], ['asked']]);
    expect(world.sync.chats.unread.value).toBe(0);
    expect(world.sync.chats.get('asked').value).toMatchObject({ requestedBy: OTHER, unread: 2 });
  });

  test('of a direct chat appears with its first message', async () => {
    const world = new World();
    world.server.addChat('asked', 0, { requestedBy: OTHER });
    await world.settle();
    const { view } = world.server.chats.get('asked') ?? {};
    if (view) world.link.events.emit({ type: 'chat', chat: { ...view, createdBy: OTHER } });
    await world.settle();
    expect([ids(world), requests(world)]).toEqual([[CHAT], []]);
    world.frame(world.server.add({ chatId: 'asked' }));
    await world.settle();
    expect(requests(world)).toEqual(['asked']);
  });

  test('sends no receipt, and nothing that shows the user', async () => {
    const world = await asked();
    const conversation = world.sync.conversation('asked');
    await world.settle();
    expect(conversation.seen(2)).toBe(true);
    world.frame(world.server.add({ chatId: 'asked' }));
    await world.settle(10_000);
    expect(world.frames.filter((frame) => JSON.stringify(frame).includes('asked'))).toEqual([]);
    expect(world.activity.watched.size).toBe(0);
  });

  test('is read as far as the user has seen it, once it is accepted', async () => {
    const world = await asked();
    const conversation = world.sync.conversation('asked');
    await world.settle();
    conversation.seen(2);
    await world.settle(10_000);
    expect(world.sync.chats.get('asked').value?.unread).toBe(2);
    await world.sync.chats.accept('asked');
    await world.settle(10_000);
    expect(world.sync.chats.get('asked').value?.unread).toBe(0);
    expect(world.frames).toContainEqual(expect.objectContaining({ chatId: 'asked', seq: 2, status: 'read' }));
  });

  test('is a chat as any other once it is accepted, and late answers do not undo that', async () => {
    const world = await asked();
    world.rest.hold((call) => call.includes('requests=true'));
    world.link.opened.emit();
    await world.settle();
    await world.sync.chats.accept('asked');
    expect([ids(world), requests(world)]).toEqual([['asked', CHAT], []]);
    world.rest.release();
    await world.settle();
    expect([ids(world), requests(world)]).toEqual([['asked', CHAT], []]);
  });

  test('that the user looked at is read once it is accepted', async () => {
    const world = await asked();
    const conversation = world.sync.conversation('asked');
    await world.settle();
    conversation.seen(2);
    await world.sync.chats.accept('asked');
    await world.settle(10_000);
    expect(world.frames).toContainEqual(expect.objectContaining({ chatId: 'asked', status: 'read', seq: 2 }));
    expect(world.sync.chats.get('asked').value?.unread).toBe(0);
  });

  test('is accepted by an own message of any device', async () => {
    const world = await asked();
    world.frame(own(3, { chatId: 'asked', senderId: ME }));
    expect([ids(world), requests(world)]).toEqual([['asked', CHAT], []]);
  });

  test('is gone once it is declined, here and by a frame', async () => {
    const here = await asked();
    await here.sync.chats.decline('asked');
    expect([ids(here), requests(here)]).toEqual([[CHAT], []]);
    const there = await asked();
    there.link.events.emit(answer(false));
    expect([ids(there), requests(there)]).toEqual([[CHAT], []]);
  });

  test('that another device has answered while this one was offline is right after it', async () => {
    const world = new World();
    for (const name of ['accepted', 'declined']) world.server.addChat(name, 1, { requestedBy: OTHER });
    await world.settle();
    expect(requests(world).sort()).toEqual(['accepted', 'declined']);
    world.server.addChat('accepted', 1);
    world.server.chats.delete('declined');
    world.link.opened.emit();
    await world.settle();
    expect([ids(world)?.sort(), requests(world)]).toEqual([['accepted', CHAT].sort(), []]);
  });

  test('that another device accepted shows where it was unknown', async () => {
    const world = new World();
    await world.settle();
    world.server.addChat('asked', 1);
    world.link.events.emit(answer(true));
    await world.settle();
    expect(ids(world)).toContain('asked');
  });

  test('that was accepted before it was declined elsewhere stays as the later answer says', async () => {
    const world = await asked();
    world.link.events.emit(answer(true, 9));
    world.link.events.emit(answer(false, 8));
    expect(ids(world)).toContain('asked');
    world.frame(message(3, { chatId: 'asked' }));
    expect(world.sync.chats.unread.value).toBe(3);
  });

  test('that was declined is not in the cache of the next start', async () => {
    const first = await asked();
    await first.settle(1_000);
    await first.sync.chats.decline('asked');
    await first.settle(1_000);
    const next = new World({ server: first.server, database: first.database });
    next.rest.hold();
    await next.settle();
    expect([ids(next), requests(next)]).toEqual([[CHAT], []]);
  });

  test('that was declined does not come back with a list from before', async () => {
    const world = await asked();
    world.rest.hold((call) => call.includes('requests=true'));
    world.link.opened.emit();
    await world.settle();
    world.link.events.emit(answer(false));
    world.rest.release();
    await world.settle();
    expect([ids(world), requests(world)]).toEqual([[CHAT], []]);
  });

  test('that is open is missing once another tab declines it, and back once it is accepted after all', async () => {
    const world = await asked();
    const conversation = world.sync.conversation('asked');
    await world.settle();
    expect(conversation.state.value.phase).toBe('ready');
    world.link.events.emit(answer(false));
    expect(conversation.state.value.phase).toBe('missing');
    world.server.addChat('asked', 2);
    world.link.events.emit(answer(true, 2));
    await world.settle();
    expect(conversation.state.value.phase).toBe('ready');
    expect([...world.activity.watched]).toEqual(['asked']);
  });
});
