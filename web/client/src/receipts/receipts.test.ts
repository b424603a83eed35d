import { describe, expect, test } from 'vitest';
import { CHAT, ME, message, own } from '../../test/sync/build.js';
import { sent, started } from '../../test/sync/receipts.js';
import { World } from '../../test/sync/world.js';
import type { AckResult, Problem } from '../contracts.js';
import { PalomaError } from '../errors.js';

describe('receipts', () => {
  test('acknowledge a message that arrived by frame, by list or by page, once', async () => {
    const world = await started();
    world.frame(world.server.add());
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4']);
    world.server.addMany(1);
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4', 'delivered 5']);
    world.server.addMany(1);
    world.sync.conversation(CHAT);
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4', 'delivered 5', 'delivered 6']);
  });

  test('are at most one frame per chat and second, and end with the last mark', async () => {
    const world = await started();
    for (let seq = 4; seq <= 23; seq++) {
      world.frame(world.server.add());
      await world.settle(100);
    }
    await world.settle(5_000);
    expect(sent(world).length).toBeLessThanOrEqual(4);
    expect(sent(world).at(-1)).toBe('delivered 23');
  });

  test('send read alone for a message that is read as it arrives', async () => {
    const world = await started();
    const conversation = world.sync.conversation(CHAT);
    await world.settle();
    world.frame(world.server.add());
    conversation.seen(4);
    await world.settle(5_000);
    expect(sent(world)).toEqual(['read 4']);
  });

  test('send delivered beyond read a second later', async () => {
    const world = await started();
    const conversation = world.sync.conversation(CHAT);
    await world.settle();
    world.frame(world.server.add());
    conversation.seen(4);
    world.frame(world.server.add());
    await world.settle(500);
    expect(sent(world)).toEqual(['read 4']);
    await world.settle(1_000);
    expect(sent(world)).toEqual(['read 4', 'delivered 5']);
  });

  test('are not dropped when the socket closes just before', async () => {
    const world = await started();
    world.frame(world.server.add());
    world.link.isOpen.set(false);
    await world.settle(5_000);
    expect(sent(world)).toEqual([]);
    world.link.isOpen.set(true);
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4']);
  });

  test('have no id, so that no answer is needed', async () => {
    const world = await started();
    world.frame(world.server.add());
    await world.settle(5_000);
    expect(world.frames).toEqual([{ action: 'updateStatus', status: 'delivered', chatId: CHAT, seq: 4 }]);
  });

  test('are not sent for own messages', async () => {
    const world = await started();
    world.frame(world.server.add({ senderId: ME }));
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world)).toEqual([]);
  });

  test('wait for a socket, and for the list that follows it', async () => {
    const world = await started();
    world.link.isOpen.set(false);
    world.frame(world.server.add());
    await world.settle(5_000);
    expect(sent(world)).toEqual([]);
    world.link.isOpen.set(true);
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4']);
  });

  test('that the list of a new socket does not show are sent again', async () => {
    const world = await started();
    world.frame(world.server.add());
    await world.settle(5_000);
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4', 'delivered 4']);
    world.server.mark(4);
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4', 'delivered 4']);
  });

  test('that an ack confirms are not sent again', async () => {
    const world = await started();
    world.frame(world.server.add());
    await world.settle(5_000);
    const marks = { deliveredSeq: 4, readSeq: 3, unreadCount: 1 };
    world.link.acks.emit({ chatId: CHAT, messageId: 'message 4', seq: 4, status: 'delivered', ...marks });
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4']);
  });

  test('of a read without network survive a reload', async () => {
    const first = await started();
    first.frame(first.server.add());
    const conversation = first.sync.conversation(CHAT);
    await first.settle();
    first.link.isOpen.set(false);
    conversation.seen(4);
    await first.settle(5_000);
    const again = new World({ server: first.server, database: first.database });
    await again.settle(5_000);
    expect(again.chat?.unread).toBe(0);
    expect(sent(again)).toContain('read 4');
  });
});

describe('a receipt that the server rejects', () => {
  const unavailable: Problem = {
    ...{ type: 'urn:paloma:problem:unavailable', title: 'Unavailable', status: 503, detail: 'Try again.' },
  };
  const notFound: Problem = { ...unavailable, type: 'urn:paloma:problem:not-found', status: 404 };
  const failure = (problem: Problem) => new PalomaError('problem', problem.detail, problem);
  const asked = (world: World) =>
    world.requests.map(({ frame }) => (frame.action === 'updateStatus' ? `${frame.status} ${String(frame.seq)}` : ''));
  /** A world in which the receipt of message 4 was rejected, by a frame that names no receipt. */
  const rejected = async (problem = unavailable) => {
    const world = await started();
    world.frame(world.server.add());
    await world.settle(5_000);
    world.link.failures.emit(problem);
    return world;
  };
  const answer = (world: World, seq: number) => {
    const marks = { deliveredSeq: seq, readSeq: 3, unreadCount: 1 };
    const result: AckResult = { chatId: CHAT, messageId: 'm', seq, status: 'delivered', ...marks };
    world.requests.at(-1)?.answer.resolve(result);
  };

  test('is sent again, with an id and later each time, until the server takes it', async () => {
    const world = await rejected();
    for (const [tries, wait] of [500, 1_000, 2_000].entries()) {
      await world.settle(wait - 1);
      expect(asked(world)).toHaveLength(tries);
      await world.settle(1);
      expect(asked(world)).toHaveLength(tries + 1);
      if (tries < 2) world.requests.at(-1)?.answer.reject(failure(unavailable));
    }
    answer(world, 4);
    await world.settle(600_000);
    world.link.opened.emit();
    await world.settle(5_000);
    expect(asked(world)).toEqual(['delivered 4', 'delivered 4', 'delivered 4']);
    world.frame(world.server.add());
    await world.settle(5_000);
    expect(sent(world), 'the next one has no id again').toEqual(['delivered 4', 'delivered 5']);
  });

  test('waits as long as the server demands', async () => {
    const world = await rejected({ ...unavailable, retryAfterMs: 60_000 });
    await world.settle(60_000);
    expect(asked(world)).toEqual([]);
    await world.settle(1_000);
    expect(asked(world)).toEqual(['delivered 4']);
  });

  test('is dropped if it is wrong for good, and a later one is sent', async () => {
    const world = await rejected();
    await world.settle(1_000);
    world.requests.at(-1)?.answer.reject(failure(notFound));
    await world.settle(600_000);
    expect(asked(world)).toHaveLength(1);
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world), 'also not after a reconnect').toEqual(['delivered 4']);
    world.frame(world.server.add());
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4', 'delivered 5']);
  });

  test('begins anew with the next socket', async () => {
    const world = await rejected();
    await world.settle(1_000);
    world.requests.at(-1)?.answer.reject(new PalomaError('offline', 'The socket closed.'));
    world.link.isOpen.set(false);
    await world.settle(60_000);
    expect(asked(world)).toHaveLength(1);
    world.link.isOpen.set(true);
    world.link.opened.emit();
    await world.settle(5_000);
    expect(sent(world)).toEqual(['delivered 4', 'delivered 4']);
  });

  test('is another one than those that are acknowledged, or older than the time limit of an answer', async () => {
    const world = await started();
    world.frame(world.server.add());
    await world.settle(35_000);
    world.link.failures.emit(unavailable);
    await world.settle(60_000);
    world.frame(world.server.add());
    await world.settle(2_000);
    world.link.acks.emit({
      ...{ chatId: CHAT, messageId: 'm', seq: 5, status: 'delivered', deliveredSeq: 5, readSeq: 3, unreadCount: 2 },
    });
    world.link.failures.emit(unavailable);
    await world.settle(60_000);
    world.frame(world.server.add());
    await world.settle(2_000);
    expect(asked(world)).toEqual([]);
  });
});

test('a message of another user behind an own one is acknowledged', async () => {
  const world = await started();
  world.frame(message(4));
  world.frame(own(5));
  await world.settle(5_000);
  expect(sent(world)).toEqual(['delivered 4']);
});
