import { describe, expect, test } from 'vitest';
import { settled } from '../../test/sync/clock.js';
import { opened, pages, range, seqs, worldOf } from '../../test/sync/conversation.js';

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
