import { describe, expect, test } from 'vitest';
import { CHAT, message } from '../../test/sync/build.js';
import { opened, pages, stored, texts, worldOf } from '../../test/sync/conversation.js';

describe('hidden messages', () => {
  test('have no row, leave no gap, and stay away', async () => {
    const world = await worldOf({ count: 4 });
    const conversation = await opened(world);
    await conversation.hide(message(4).messageId);
    world.rest.taken();
    world.link.events.emit({ type: 'settings', hidden: { chatId: CHAT, seq: 2 } });
    world.server.hide(2);
    world.frame(message(2));
    world.link.events.emit(world.server.edit(2, 'edited'));
    await world.settle();
    expect(texts(conversation)).toEqual(['text 1', 'text 3']);
    expect(world.chat?.last).toMatchObject({ hidden: true, content: null });
    expect(pages(world)).toEqual([]);
    await world.settle(1_000);
    expect(await stored(world.database)).toEqual(['text 1', null, 'text 3', null]);
    world.link.opened.emit();
    await world.settle();
    expect(texts(conversation)).toEqual(['text 1', 'text 3']);
  });

  test('at the end are read with the row before', async () => {
    const world = await worldOf({ count: 3, read: 0 });
    const conversation = await opened(world);
    await conversation.hide(message(3).messageId);
    conversation.seen(2);
    expect(world.chat?.unread).toBe(0);
  });

  test('of another device show after a time without a socket', async () => {
    const world = await worldOf({ count: 3 });
    const conversation = await opened(world);
    world.server.hide(2);
    world.link.opened.emit();
    await world.settle();
    expect(texts(conversation)).toEqual(['text 1', 'text 3']);
  });

  test('that are too old are gone after a reload, also if all are, and nothing asks for them again', async () => {
    const world = await worldOf({ count: 4 });
    // Pages tell what is too old, and lists do not.
    world.server.change({ windows: [{ from: 3 }] });
    const conversation = await opened(world);
    expect(texts(conversation)).toEqual(['text 3', 'text 4']);
    expect(conversation.state.value.hasOlder).toBe(false);
    world.server.change({ windows: [{ from: 5 }] });
    world.link.opened.emit();
    await world.settle(1_000);
    expect(texts(conversation)).toEqual([]);
    expect(conversation.state.value).toMatchObject({ hasOlder: false, loadingOlder: false });
    world.rest.taken();
    await world.settle(10_000);
    expect(pages(world)).toEqual([]);
  });

  test('of a cleared chat are gone, and new ones follow', async () => {
    const world = await worldOf({ count: 4, read: 2 });
    const conversation = await opened(world);
    await world.sync.chats.clear(CHAT);
    expect(texts(conversation)).toEqual([]);
    expect(world.chat).toMatchObject({ unread: 0, last: undefined });
    world.server.change({ windows: [{ from: 5 }] });
    world.frame(world.server.add());
    await world.settle(1_000);
    expect(texts(conversation)).toEqual(['text 5']);
    expect(conversation.state.value.hasOlder).toBe(false);
    expect(world.chat?.unread).toBe(1);
    expect(await stored(world.database)).toEqual(['text 5']);
  });
});
