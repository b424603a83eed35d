import { describe, expect, test } from 'vitest';
import { CHAT, ME, OTHER } from '../../test/sync/build.js';
import { opened, range, seqs, worldOf } from '../../test/sync/conversation.js';
import type { Conversation } from '../api.js';

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

test('the status of all recent own messages is read again, also in short pages', async () => {
  const world = await worldOf({ count: 0 });
  for (let sent = 0; sent < 10; sent++) world.server.add({ senderId: ME });
  const conversation = await opened(world);
  world.server.setStatus('read');
  world.server.pageSize = 3;
  await conversation.reload();
  expect(new Set(conversation.state.value.rows.map(({ tick }) => tick))).toEqual(new Set(['read']));
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
