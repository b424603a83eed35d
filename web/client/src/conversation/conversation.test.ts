import { describe, expect, test } from 'vitest';
import { CHAT, ME, message, OTHER, run } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { World, type WorldOptions } from '../../test/sync/world.js';
import type { Conversation } from '../api.js';

/** A world in which the chat list is loaded, and the chat has messages of the other user. */
async function worldOf({
  count,
  read = count,
  ...options
}: { count: number; read?: number } & WorldOptions): Promise<World> {
  const world = new World(options);
  if (!options.server) world.server.addMany(count);
  world.server.mark(read);
  await world.settle();
  return world;
}

async function opened(world: World): Promise<Conversation> {
  const conversation = world.sync.conversation(CHAT);
  await world.settle();
  return conversation;
}

const seqs = (conversation: Conversation) => conversation.state.value.rows.map(({ seq }) => seq);
const range = (from: number, to: number) => run(from, to).map(({ seq }) => seq);
const pages = (world: World) => world.rest.taken().filter((call) => call.includes('/messages'));

describe('a conversation opens', () => {
  test('with the newest page when nothing is unread', async () => {
    const conversation = await opened(await worldOf({ count: 120 }));
    expect(seqs(conversation)).toEqual(range(71, 120));
    expect(conversation.state.value).toMatchObject({
      phase: 'ready',
      hasOlder: true,
      hasNewer: false,
      unreadAtOpen: 0,
    });
  });

  test('with a page before and a page after the first unread message', async () => {
    const conversation = await opened(await worldOf({ count: 300, read: 100 }));
    expect(seqs(conversation)).toEqual(range(51, 150));
    expect(conversation.state.value).toMatchObject({ unreadAfter: 100, unreadAtOpen: 200, hasNewer: true });
  });

  test('without a message, and takes the first one', async () => {
    const world = await worldOf({ count: 0 });
    const conversation = await opened(world);
    expect(conversation.state.value).toMatchObject({ phase: 'ready', rows: [], hasOlder: false, hasNewer: false });
    world.frame(world.server.add());
    expect(seqs(conversation)).toEqual([1]);
  });

  test('as missing, if the user is no member', async () => {
    const world = await worldOf({ count: 0 });
    const conversation = world.sync.conversation('unknown');
    await world.settle();
    expect(conversation.state.value.phase).toBe('missing');
  });

  test('a chat that the list does not know, at the first unread message', async () => {
    const world = await worldOf({ count: 0 });
    world.server.addChat('new', 5, { readSeq: 3 });
    const conversation = world.sync.conversation('new');
    await world.settle();
    expect(seqs(conversation)).toEqual(range(1, 5));
    expect(conversation.state.value).toMatchObject({ unreadAfter: 3, unreadAtOpen: 2 });
  });

  test('with pages of any length', async () => {
    const world = await worldOf({ count: 30, read: 10 });
    world.server.pageSize = 7;
    const conversation = await opened(world);
    expect(seqs(conversation)).toEqual(range(4, 17));
    for (let page = 0; page < 3; page++) await conversation.loadNewer();
    expect(seqs(conversation)).toEqual(range(4, 30));
    expect(conversation.state.value.hasNewer).toBe(false);
  });

  test('with members', async () => {
    const conversation = await opened(await worldOf({ count: 1 }));
    expect(conversation.state.value.members.map(({ name }) => name)).toEqual(['Me', 'Other']);
  });

  test('again after a failure of the network', async () => {
    const world = await worldOf({ count: 3 });
    world.rest.offline = true;
    const conversation = await opened(world);
    expect(conversation.state.value).toMatchObject({ phase: 'loading', problem: { kind: 'offline' } });
    world.rest.offline = false;
    await world.settle(60_000);
    expect(seqs(conversation)).toEqual(range(1, 3));
    expect(conversation.state.value.problem).toBeUndefined();
  });
});

describe('a gap', () => {
  test('of 120 messages over several pages is filled, in order', async () => {
    const world = await worldOf({ count: 10 });
    const conversation = await opened(world);
    world.server.pageSize = 50;
    world.server.addMany(120);
    world.link.opened.emit();
    await world.settle();
    expect(seqs(conversation)).toEqual(range(1, 130));
  });

  test('is filled when a frame shows it, by one call at a time', async () => {
    const world = await worldOf({ count: 10 });
    const conversation = await opened(world);
    world.rest.taken();
    world.rest.hold();
    world.server.addMany(4);
    for (const seq of [12, 14, 13]) world.frame(message(seq));
    await settled();
    expect(pages(world)).toEqual([`GET /chats/${CHAT}/messages?after=10&limit=100`]);
    world.rest.release();
    await world.settle();
    expect(seqs(conversation)).toEqual(range(1, 14));
    expect(pages(world)).toEqual([]);
  });

  test('that opens while a page is on its way is filled too', async () => {
    const world = await worldOf({ count: 10 });
    const conversation = await opened(world);
    world.rest.hold();
    world.link.opened.emit();
    await settled();
    world.server.addMany(5);
    world.frame(message(15));
    world.rest.release();
    await world.settle();
    expect(seqs(conversation)).toEqual(range(1, 15));
  });

  test('that opens while only the details are on their way is filled too', async () => {
    const world = await worldOf({ count: 2 });
    world.rest.hold((call) => call === `GET /chats/${CHAT}`);
    const conversation = await opened(world);
    world.server.addMany(2);
    world.frame(message(4));
    world.rest.release();
    await world.settle();
    expect(seqs(conversation)).toEqual(range(1, 4));
  });

  test('is tried again after a failure', async () => {
    const world = await worldOf({ count: 10 });
    const conversation = await opened(world);
    world.server.addMany(3);
    world.rest.offline = true;
    world.frame(message(13));
    await world.settle();
    expect(conversation.state.value.problem?.kind).toBe('offline');
    expect(seqs(conversation)).toEqual(range(1, 10));
    world.rest.offline = false;
    await world.settle(60_000);
    expect(seqs(conversation)).toEqual(range(1, 13));
  });

  test('of more than 500 messages is left to the user', async () => {
    const world = await worldOf({ count: 10 });
    const conversation = await opened(world);
    world.server.addMany(700);
    world.link.opened.emit();
    await world.settle();
    expect(seqs(conversation)).toEqual(range(1, 110));
    expect(conversation.state.value.hasNewer).toBe(true);
    await conversation.jumpToEnd();
    expect(seqs(conversation)).toEqual(range(661, 710));
    expect(conversation.state.value.hasNewer).toBe(false);
  });

  test('of more than 500 messages, read on another device, ends with a window at the end of the chat', async () => {
    const world = await worldOf({ count: 10 });
    const conversation = await opened(world);
    world.server.addMany(700);
    world.server.mark(710);
    world.link.opened.emit();
    await world.settle();
    expect(seqs(conversation)).toEqual(range(661, 710));
  });

  test('that the chat list shows is filled', async () => {
    const world = await worldOf({ count: 2 });
    const conversation = await opened(world);
    world.rest.delay((call) => call.startsWith('GET /chats?'));
    world.link.opened.emit();
    await world.settle();
    world.server.addMany(1);
    world.rest.release();
    await world.settle();
    expect(seqs(conversation)).toEqual(range(1, 3));
  });
});

describe('history', () => {
  test('older pages are prepended, and calls during a load join it', async () => {
    const world = await worldOf({ count: 120 });
    const conversation = await opened(world);
    world.rest.taken();
    const loads = [conversation.loadOlder(), conversation.loadOlder()];
    expect(conversation.state.value.loadingOlder).toBe(true);
    await Promise.all(loads);
    expect(pages(world)).toHaveLength(1);
    expect(seqs(conversation)).toEqual(range(21, 120));
    await conversation.loadOlder();
    await conversation.loadOlder();
    expect(conversation.state.value).toMatchObject({ hasOlder: false, loadingOlder: false });
    expect(pages(world)).toHaveLength(1);
  });

  test('a failed load says so, and works the next time', async () => {
    const world = await worldOf({ count: 120 });
    const conversation = await opened(world);
    world.rest.offline = true;
    await conversation.loadOlder();
    expect(conversation.state.value).toMatchObject({ loadingOlder: false, problem: { kind: 'offline' } });
    world.rest.offline = false;
    await conversation.loadOlder();
    expect(conversation.state.value.problem).toBeUndefined();
    expect(seqs(conversation)).toEqual(range(21, 120));
  });

  test('live messages do not append to a window in history, and count in the chat list', async () => {
    const world = await worldOf({ count: 300, read: 100 });
    const conversation = await opened(world);
    world.frame(world.server.add());
    await world.settle();
    expect(seqs(conversation)).toEqual(range(51, 150));
    expect(world.chat?.unread).toBe(201);
  });

  test('of more than 3,000 rows loses the newest rows, which can be loaded again', async () => {
    const world = await worldOf({ count: 3_200 });
    const conversation = await opened(world);
    for (let page = 0; page < 61; page++) await conversation.loadOlder();
    expect([seqs(conversation).length, seqs(conversation)[0]]).toEqual([3_000, 101]);
    expect(conversation.state.value.hasNewer).toBe(true);
    await conversation.loadNewer();
    await conversation.loadNewer();
    expect([seqs(conversation).length, seqs(conversation).at(-1)]).toEqual([3_000, 3_200]);
  });

  test('an older page of a window that was replaced changes nothing', async () => {
    const world = await worldOf({ count: 300, read: 100 });
    const conversation = await opened(world);
    world.rest.hold();
    const older = conversation.loadOlder();
    await settled();
    world.rest.release();
    await conversation.jumpToEnd();
    await older;
    expect(seqs(conversation)).toEqual(range(251, 300));
  });
});

describe('a send', () => {
  test('shows its row at once, and keeps its key when the server accepts it', async () => {
    const world = await worldOf({ count: 1 });
    const conversation = await opened(world);
    await conversation.send('hello');
    const [, pending] = conversation.state.value.rows;
    expect(pending).toMatchObject({ content: 'hello', tick: 'queued', seq: undefined });
    const lengths: number[] = [];
    conversation.state.subscribe(({ rows }) => lengths.push(rows.length));
    const [sent] = world.outbox.entries.value;
    if (sent) world.accept(sent);
    await world.settle();
    expect(conversation.state.value.rows[1]).toMatchObject({ key: pending?.key, tick: 'sent', seq: 2 });
    expect(new Set(lengths)).toEqual(new Set([2]));
  });

  test('from history shows the row at once, and goes to the end of the chat', async () => {
    const world = await worldOf({ count: 300, read: 100 });
    const conversation = await opened(world);
    await conversation.send('hello');
    expect(conversation.state.value.rows.at(-1)?.content).toBe('hello');
    await world.settle();
    expect(seqs(conversation)).toEqual([...range(251, 300), undefined]);
  });

  test('removes the separator', async () => {
    const world = await worldOf({ count: 5, read: 3 });
    const conversation = await opened(world);
    expect(conversation.state.value.unreadAtOpen).toBe(2);
    await conversation.send('hello');
    world.frame(world.server.add());
    await world.settle();
    expect(conversation.state.value.unreadAtOpen).toBe(0);
  });

  test('after the first load, later messages do not raise the count of the separator', async () => {
    const world = await worldOf({ count: 5, read: 3 });
    const conversation = await opened(world);
    world.frame(world.server.add());
    expect(conversation.state.value).toMatchObject({ unreadAfter: 3, unreadAtOpen: 2 });
  });

  test('is proved by a page, and the outbox hears of it', async () => {
    const world = await worldOf({ count: 1 });
    await opened(world);
    world.server.add({ senderId: ME });
    world.link.opened.emit();
    await world.settle();
    expect(world.outbox.confirmed.map(({ seq }) => seq)).toContain(2);
  });
});

describe('ticks', () => {
  const ticks = (conversation: Conversation) => conversation.state.value.rows.map(({ tick }) => tick);
  const status = (seq: number, name: 'delivered' | 'read', everyone = true) =>
    ({ type: 'status', chatId: CHAT, seq, status: name, userId: OTHER, everyone, timestamp: 1 }) as const;

  test('follow the frames that count for everyone, and never go back', async () => {
    const world = await worldOf({ count: 0 });
    for (let sent = 0; sent < 2; sent++) world.server.add({ senderId: ME });
    const conversation = await opened(world);
    world.link.events.emit(status(2, 'read', false));
    expect(ticks(conversation)).toEqual(['sent', 'sent']);
    world.link.events.emit(status(1, 'read'));
    world.link.events.emit(status(2, 'delivered'));
    world.link.events.emit(status(1, 'delivered'));
    expect(ticks(conversation)).toEqual(['read', 'delivered']);
  });

  test('that changed while the socket was closed are read again', async () => {
    const world = await worldOf({ count: 0 });
    for (let sent = 0; sent < 3; sent++) world.server.add({ senderId: ME });
    const conversation = await opened(world);
    world.server.setStatus('read');
    await conversation.reload();
    expect(ticks(conversation)).toEqual(['read', 'read', 'read']);
    expect(world.chat?.last?.tick).toBe('read');
  });
});

describe('seen', () => {
  test('reads only when the tab is visible and focused', async () => {
    const world = await worldOf({ count: 3, read: 0 });
    const conversation = await opened(world);
    for (const attention of [
      { visible: false, focused: true },
      { visible: true, focused: false },
    ]) {
      world.attention.set(attention);
      expect(conversation.seen(3)).toBe(false);
    }
    expect(world.chat?.unread).toBe(3);
    world.attention.set({ visible: true, focused: true });
    expect(conversation.seen(3)).toBe(true);
    expect(world.chat?.unread).toBe(0);
  });

  test('never acknowledges an own message', async () => {
    const world = await worldOf({ count: 2, read: 0 });
    world.server.add({ senderId: ME });
    const conversation = await opened(world);
    conversation.seen(3);
    await world.settle(5_000);
    expect(world.frames.map((frame) => frame.action === 'updateStatus' && frame.seq)).toEqual([2]);
  });

  test('does not move the separator', async () => {
    const world = await worldOf({ count: 5, read: 3 });
    const conversation = await opened(world);
    conversation.seen(5);
    await world.settle(5_000);
    expect(conversation.state.value).toMatchObject({ unreadAfter: 3, unreadAtOpen: 2 });
  });
});

test('an erased member loses name and texts', async () => {
  const world = await worldOf({ count: 2 });
  const conversation = await opened(world);
  world.link.events.emit({ type: 'erased', chatId: CHAT, userId: OTHER, erasedAt: 1 });
  expect(conversation.state.value.rows.map(({ kind, content }) => [kind, content])).toEqual([
    ['erased', ''],
    ['erased', ''],
  ]);
  expect(conversation.state.value.members.map(({ name }) => name)).toEqual(['Me']);
  expect(world.chat).toMatchObject({ name: undefined, erased: [OTHER], last: { erased: true } });
});

test('a member who was erased while the socket was closed loses the texts too', async () => {
  const world = await worldOf({ count: 2 });
  const conversation = await opened(world);
  const erased = world.server.chats.get(CHAT);
  if (erased) erased.view = { ...erased.view, erased: [OTHER] };
  world.link.opened.emit();
  await world.settle();
  expect(conversation.state.value.rows.map(({ kind }) => kind)).toEqual(['erased', 'erased']);
});

test('a page tells the chat list about a message of which no frame arrived', async () => {
  const world = await worldOf({ count: 2 });
  const conversation = await opened(world);
  world.server.addMany(1);
  await conversation.reload();
  expect(world.chat).toMatchObject({ unread: 1, last: { content: 'text 3' } });
});

describe('the stored end of a chat', () => {
  test('shows at once without the network, and is completed with it', async () => {
    const first = await worldOf({ count: 20 });
    await opened(first);
    await first.settle(1_000);
    const again = new World({ server: first.server, database: first.database });
    again.rest.offline = true;
    await again.settle();
    const conversation = await opened(again);
    expect(seqs(conversation)).toEqual(range(1, 20));
    again.server.addMany(3);
    again.rest.offline = false;
    again.link.opened.emit();
    await again.settle();
    expect(seqs(conversation)).toEqual(range(1, 23));
  });

  test('shows without the network also when the first unread message is older', async () => {
    const first = await worldOf({ count: 400, read: 10 });
    await (await opened(first)).jumpToEnd();
    await first.settle(1_000);
    const again = new World({ server: first.server, database: first.database });
    await again.settle();
    again.rest.offline = true;
    const conversation = await opened(again);
    expect(seqs(conversation).at(-1)).toBe(400);
  });

  test('grows with frames in the leading tab, also for a chat that is not open', async () => {
    const first = await worldOf({ count: 0 });
    for (let sent = 0; sent < 3; sent++) first.frame(first.server.add());
    await first.settle(1_000);
    const again = new World({ server: first.server, database: first.database });
    again.rest.offline = true;
    expect(seqs(await opened(again))).toEqual(range(1, 3));
  });

  test('loses the texts of an erased member', async () => {
    const first = await worldOf({ count: 2 });
    await opened(first);
    await first.settle(1_000);
    first.sync.close();
    const second = await worldOf({ count: 2, server: first.server, database: first.database });
    second.link.events.emit({ type: 'erased', chatId: CHAT, userId: OTHER, erasedAt: 1 });
    await second.settle(1_000);
    const again = new World({ server: first.server, database: first.database });
    again.rest.offline = true;
    expect((await opened(again)).state.value.rows.map(({ kind }) => kind)).toEqual(['erased', 'erased']);
  });

  test('does not matter when the storage fails', async () => {
    const world = new World();
    world.database.fails = true;
    world.server.addMany(3);
    await world.settle();
    expect(seqs(await opened(world))).toEqual(range(1, 3));
    await world.settle(5_000);
  });
});

test('the presence of the other member is watched while the conversation is open', async () => {
  const world = await worldOf({ count: 0 });
  world.server.addChat('new', 1);
  const conversations = [CHAT, 'new'].map((chatId) => world.sync.conversation(chatId));
  await world.settle();
  expect([...world.activity.watched]).toEqual([CHAT, 'new']);
  expect(world.activity.presence.value.get('new')?.online).toBe(true);
  for (const conversation of conversations) conversation.close();
  expect(world.activity.watched.size).toBe(0);
});

describe('callers of a conversation', () => {
  test('share it, and it stays until the last one closes it', async () => {
    const world = await worldOf({ count: 1 });
    const [one, other] = [world.sync.conversation(CHAT), world.sync.conversation(CHAT)];
    expect(one).toBe(other);
    one.close();
    expect(world.sync.shows(CHAT)).toBe(true);
    other.close();
    other.close();
    expect(world.sync.shows(CHAT)).toBe(false);
  });

  test('return to at most 100 rows without a wait, and then miss nothing', async () => {
    const world = await worldOf({ count: 250 });
    const conversation = await opened(world);
    await conversation.loadOlder();
    await conversation.loadOlder();
    conversation.close();
    world.server.addMany(2);
    const again = world.sync.conversation(CHAT);
    expect(seqs(again)).toEqual(range(151, 250));
    await world.settle();
    expect(seqs(again)).toEqual(range(151, 252));
  });

  test('open anew after they left the window in history', async () => {
    const world = await worldOf({ count: 300, read: 100 });
    const conversation = await opened(world);
    await conversation.loadNewer();
    conversation.close();
    expect(seqs(await opened(world))).toEqual(range(51, 150));
  });

  test('open at the first unread message, also if the end of the chat is in memory', async () => {
    const world = await worldOf({ count: 300, read: 100 });
    const conversation = await opened(world);
    await conversation.jumpToEnd();
    conversation.close();
    expect(seqs(await opened(world))).toEqual(range(51, 150));
  });

  test('find the last 20 closed conversations in memory, and no more', async () => {
    const world = await worldOf({ count: 0 });
    const names = Array.from({ length: 21 }, (_, at) => `chat-${String(at)}`);
    for (const name of names) world.server.addChat(name, 1, { readSeq: 1 });
    world.link.opened.emit();
    await world.settle();
    for (const name of names) {
      const conversation = world.sync.conversation(name);
      await world.settle();
      conversation.close();
    }
    const atOnce = names.map((name) => world.sync.conversation(name).state.value.rows.length);
    expect(atOnce).toEqual([0, ...Array.from({ length: 20 }, () => 1)]);
  });
});
