import { describe, expect, test } from 'vitest';
import { CHAT, ME, message, own } from '../../test/sync/build.js';
import { World, type Browser } from '../../test/sync/world.js';

/** A world with three messages that the user has received and read. */
async function started(world = new World()): Promise<World> {
  if (world.server.messages.length === 0) world.server.addMany(3);
  world.server.mark(3);
  await world.settle(5_000);
  world.frames.splice(0);
  return world;
}
const sent = (world: World) =>
  world.frames.flatMap((frame) => (frame.action === 'updateStatus' ? [`${frame.status} ${String(frame.seq)}`] : []));

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

describe('in several tabs', () => {
  test('only the leading tab sends, also what another tab has read', async () => {
    const browser: Browser = new Set();
    const one = await started(new World({ browser }));
    const other = await started(new World({ browser, server: one.server, leading: false }));
    const conversation = other.sync.conversation(CHAT);
    const arrived = one.server.add();
    for (const world of [one, other]) world.frame(arrived);
    await other.settle();
    conversation.seen(4);
    await one.settle(5_000);
    await other.settle(5_000);
    expect([sent(one), sent(other)]).toEqual([['read 4'], []]);
  });

  test('the next leader sends what the last one has not', async () => {
    const browser: Browser = new Set();
    const one = await started(new World({ browser }));
    const other = await started(new World({ browser, server: one.server, leading: false }));
    const arrived = one.server.add();
    for (const world of [one, other]) world.frame(arrived);
    one.tabs.leading.set(false);
    other.tabs.leading.set(true);
    await other.settle(5_000);
    expect([sent(one), sent(other)]).toEqual([[], ['delivered 4']]);
  });
});

test('a message of another user behind an own one is acknowledged', async () => {
  const world = await started();
  world.frame(message(4));
  world.frame(own(5));
  await world.settle(5_000);
  expect(sent(world)).toEqual(['delivered 4']);
});
