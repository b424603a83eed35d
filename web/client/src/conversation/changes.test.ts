import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHAT } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { opened, pages, stored, texts, worldOf } from '../../test/sync/conversation.js';
import { World } from '../../test/sync/world.js';

describe('a change', () => {
  test('shows live, without a call, in the row and in the preview', async () => {
    const world = await worldOf({ count: 2 });
    const conversation = await opened(world);
    world.rest.taken();
    world.link.events.emit(world.server.edit(2, 'edited'));
    world.link.events.emit(world.server.edit(1, null));
    await world.settle();
    expect(texts(conversation)).toEqual(['deleted', 'edited']);
    expect(conversation.state.value.rows.map(({ edited }) => edited)).toEqual([false, true]);
    expect(world.chat?.last?.content).toBe('edited');
    expect(world.rest.taken()).toEqual([]);
  });

  test('after a gap is fetched by one call, with the changes between', async () => {
    const world = await worldOf({ count: 3 });
    const conversation = await opened(world);
    world.server.edit(1, 'edited 1');
    world.server.edit(2, 'edited 2');
    const last = world.server.edit(3, 'edited 3');
    world.rest.taken();
    world.link.events.emit(last);
    world.link.events.emit(last);
    await world.settle();
    expect(texts(conversation)).toEqual(['edited 1', 'edited 2', 'edited 3']);
    expect(pages(world)).toEqual([`GET /chats/${CHAT}/messages?after=3&changedAfter=0&limit=100`]);
  });

  test('in another order than its number shows the newest state', async () => {
    const world = await worldOf({ count: 1 });
    const conversation = await opened(world);
    const [first, second, third] = [world.server.edit(1, 'a'), world.server.edit(1, 'b'), world.server.edit(1, null)];
    for (const event of [third, first, second, first]) world.link.events.emit(event);
    await world.settle();
    expect(texts(conversation)).toEqual(['deleted']);
  });

  test('during a time without a socket is there after it, also in more than one answer', async () => {
    const world = await worldOf({ count: 5 });
    const conversation = await opened(world);
    world.server.changesPageSize = 2;
    for (let seq = 1; seq <= 5; seq++) world.server.edit(seq, seq === 3 ? null : `edited ${String(seq)}`);
    world.link.opened.emit();
    await world.settle();
    expect(texts(conversation)).toEqual(['edited 1', 'edited 2', 'deleted', 'edited 4', 'edited 5']);
    expect(world.chat?.last?.content).toBe('edited 5');
  });

  test('that a page on its way lacks is not lost', async () => {
    const world = await worldOf({ count: 80, read: 80 });
    const conversation = await opened(world);
    world.rest.hold((call) => call.includes('before'));
    const loading = conversation.loadOlder();
    await settled();
    world.link.events.emit(world.server.edit(10, null));
    world.rest.release();
    await loading;
    await world.settle();
    expect(conversation.state.value.rows.find(({ seq }) => seq === 10)?.kind).toBe('deleted');
  });

  test('older than the server keeps reloads the window', async () => {
    const world = await worldOf({ count: 3 });
    const conversation = await opened(world);
    world.server.edit(1, null);
    world.server.edit(2, 'edited');
    world.server.forgetChanges();
    world.link.opened.emit();
    await world.settle();
    expect(texts(conversation)).toEqual(['deleted', 'edited', 'text 3']);
  });

  test('older than the server keeps lets an own message stay that is ahead of a gap', async () => {
    const world = await worldOf({ count: 3 });
    const conversation = await opened(world);
    const shown: string[][] = [];
    conversation.state.subscribe(() => shown.push(texts(conversation)));
    await conversation.send('own');
    world.server.edit(1, 'edited');
    world.server.forgetChanges();
    world.server.add();
    const [entry] = world.outbox.entries.value;
    if (entry) world.accept(entry);
    await world.settle();
    expect(texts(conversation)).toEqual(['edited', 'text 2', 'text 3', 'text 4', 'own']);
    expect(shown.every((rows) => rows.at(-1) === 'own')).toBe(true);
  });

  test('of an unread message lowers the count, and its reading counts right', async () => {
    const world = await worldOf({ count: 5, read: 1 });
    world.link.events.emit(world.server.edit(4, null));
    await world.settle();
    expect(world.chat?.unread).toBe(3);
    const conversation = await opened(world);
    conversation.seen(2);
    expect(world.chat?.unread).toBe(2);
    conversation.seen(5);
    expect(world.chat?.unread).toBe(0);
  });

  test('that the list lacks, because a frame before it was lost, is read again for the preview', async () => {
    const world = await worldOf({ count: 2 });
    world.server.edit(2, 'lost');
    world.link.events.emit(world.server.edit(1, 'edited'));
    await world.settle();
    expect(world.chat?.last?.content).toBe('lost');
  });
});

describe('stored changes', () => {
  test('of chats that no tab shows are in the database, with their number', async () => {
    const world = await worldOf({ count: 3 });
    const conversation = await opened(world);
    conversation.close();
    await world.settle(1_000);
    world.link.events.emit(world.server.edit(3, 'edited'));
    world.link.events.emit(world.server.edit(2, null));
    await world.settle(1_000);
    expect(await stored(world.database)).toEqual(['text 1', null, 'edited']);
    const tails = await world.database.transaction(['tails'], 'read', (tx) => tx.store('tails').all());
    expect(tails.map(({ changeSeq }) => changeSeq)).toEqual([2]);
  });

  test('are fetched after a start if a frame was lost, and never show the old text for good', async () => {
    const first = await worldOf({ count: 3 });
    await opened(first);
    await first.settle(1_000);
    first.server.edit(1, null);
    first.link.events.emit(first.server.edit(3, 'edited'));
    await first.sync.close();
    const second = new World({ server: first.server, database: first.database });
    await second.settle();
    expect(texts(await opened(second))).toEqual(['deleted', 'text 2', 'edited']);
  });

  test('of a message are not lost if its own frame comes later', async () => {
    const world = await worldOf({ count: 3 });
    (await opened(world)).close();
    await world.settle(1_000);
    const [fourth, fifth] = [world.server.add(), world.server.add()];
    world.link.events.emit(world.server.edit(5, null));
    world.frame(fourth);
    world.frame(fifth);
    await world.settle(1_000);
    const again = new World({ server: world.server, database: world.database });
    await again.settle();
    const conversation = await opened(again);
    expect(texts(conversation).at(-1)).toBe('deleted');
  });
});

/** Frames of messages and changes arrive late, twice, or never; pages come between. */
test('after lost frames, the next catch-up shows what the server has', async () => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'edit', 'delete', 'older', 'open'),
    at: fc.nat(),
    fate: fc.constantFrom('now', 'lost', 'late', 'twice'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = await worldOf({ count: 60 });
      world.server.pageSize = 7;
      world.server.changesPageSize = 3;
      const conversation = await opened(world);
      const late: (() => void)[] = [];
      for (const { kind, at, fate } of steps) {
        const seq = 1 + (at % world.server.messages.length);
        const known = world.server.messages[seq - 1];
        if (kind === 'older') void conversation.loadOlder();
        if (kind === 'open') world.link.opened.emit();
        if (kind === 'edit' && known?.content === null) continue;
        const added = kind === 'add' ? world.server.add() : undefined;
        const changed = kind === 'edit' || kind === 'delete';
        const event = changed ? world.server.edit(seq, kind === 'edit' ? `edit ${String(at)}` : null) : undefined;
        const post = () => {
          if (added) world.frame(added);
          if (event) world.link.events.emit(event);
        };
        if (fate === 'now' || fate === 'twice') post();
        if (fate === 'late' || fate === 'twice') late.push(post);
        await settled();
      }
      for (const post of late) post();
      world.link.opened.emit();
      await world.settle(10_000);
      const { rows } = conversation.state.value;
      const shown = rows.map(({ seq, kind, content }) => `${String(seq)} ${kind === 'text' ? content : 'null'}`);
      const all = world.server.messages.map(({ seq, content }) => `${String(seq)} ${String(content)}`);
      expect(shown).toEqual(all.slice(-shown.length));
      const last = world.server.messages.at(-1);
      expect(world.chat?.last?.content).toBe(last?.content);
    }),
    { numRuns: 60 },
  );
}, 60_000);
