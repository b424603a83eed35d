import { describe, expect, test } from 'vitest';
import { CHAT, message } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { opened, pages, range, seqs, worldOf } from '../../test/sync/conversation.js';

describe('a gap', () => {
  test('does not arise by a live message, which asks for nothing', async () => {
    const world = await worldOf({ count: 3 });
    const conversation = await opened(world);
    world.rest.taken();
    world.frame(world.server.add());
    await world.settle();
    expect(seqs(conversation)).toEqual(range(1, 4));
    expect(pages(world)).toEqual([]);
  });

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
    expect(pages(world)).toEqual([`GET /chats/${CHAT}/messages?after=10&changedAfter=0&limit=100`]);
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

  test('that the pages do not show yet is asked for later each time', async () => {
    const world = await worldOf({ count: 3 });
    const conversation = await opened(world);
    world.rest.taken();
    world.frame(message(5));
    await world.settle(2_000);
    expect(pages(world).length).toBeLessThan(10);
    world.server.addMany(2);
    await world.settle(4_000);
    expect(seqs(conversation)).toEqual(range(1, 5));
  });

  test('between the window and the end is skipped by a jump, also while a newer page loads', async () => {
    const world = await worldOf({ count: 300, read: 100 });
    const conversation = await opened(world);
    world.rest.hold();
    const load = conversation.loadNewer();
    const jump = conversation.jumpToEnd();
    await settled();
    world.rest.release();
    await Promise.all([load, jump]);
    expect(conversation.state.value.hasNewer).toBe(false);
    expect(seqs(conversation)).toEqual(range(251, 300));
  });
});
