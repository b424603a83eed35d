import { describe, expect, test } from 'vitest';
import { CHAT, message } from '../../test/sync/build.js';
import { opened, range, seqs, worldOf } from '../../test/sync/conversation.js';

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

  test('as missing, until a frame or a list shows the chat', async () => {
    for (const appears of ['frame', 'list', 'reload'] as const) {
      const world = await worldOf({ count: 0 });
      const conversation = world.sync.conversation('late');
      await world.settle();
      expect(conversation.state.value.phase).toBe('missing');
      world.server.addChat('late', 2, { readSeq: 2 });
      if (appears === 'frame') world.frame(message(2, { chatId: 'late' }));
      if (appears === 'list') void world.sync.chats.reload();
      if (appears === 'reload') void conversation.reload();
      await world.settle();
      expect(conversation.state.value.phase, appears).toBe('ready');
      expect(seqs(conversation)).toEqual(range(1, 2));
    }
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
