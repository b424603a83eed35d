import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptedAs, entry, ME, message, OTHER, own, run } from '../../test/sync/build.js';
import type { OutboxEntry, Row } from '../api.js';
import type { Message } from '../contracts.js';
import { RowMaker } from './rows.js';
import { absorbed, accepted, emptyTimeline, newestOf, placed, received, withErased, withStatus } from './timeline.js';
import type { Timeline } from './timeline.js';

const placedWith = (...messages: Message[]): Timeline =>
  placed(emptyTimeline(ME), { base: 0, messages, following: true });
const shown = (rows: readonly Row[]) => rows.map(({ content, seq, tick }) => [content, seq, tick]);

describe('the rows of a conversation', () => {
  test('end with the messages on their way, in the order of the outbox', () => {
    const entries = [entry('b', { content: 'first' }), entry('a', { content: 'second', state: 'failed' })];
    expect(shown(new RowMaker().rows(placedWith(message(1)), entries))).toEqual([
      ['text 1', 1, undefined],
      ['first', undefined, 'queued'],
      ['second', undefined, 'failed'],
    ]);
  });

  test('an accepted message keeps its key and is one row, with its entry and without', () => {
    const maker = new RowMaker();
    const sent = entry('a');
    const [before] = maker.rows(placedWith(), [sent]);
    const timeline = accepted(placedWith(), acceptedAs(1, sent));
    for (const entries of [[sent], []]) {
      const rows = maker.rows(timeline, entries);
      expect(rows.map(({ key, tick, seq }) => [key, tick, seq])).toEqual([[before?.key, 'sent', 1]]);
    }
  });

  test('an accepted message that the user has cleared does not come back with its entry', () => {
    const maker = new RowMaker();
    const sent = entry('a');
    expect(maker.rows(accepted(placedWith(), acceptedAs(1, sent)), [sent])).toHaveLength(1);
    for (const entries of [[sent], [sent], []]) expect(maker.rows(placedWith(), entries)).toEqual([]);
  });

  test('the same clientMessageId of another sender is another message', () => {
    const rows = new RowMaker().rows(placedWith(message(1, { clientMessageId: 'a' })), [entry('a')]);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(2);
  });

  test('an accepted message beyond a gap stays at the end until the gap is filled', () => {
    const maker = new RowMaker();
    const gapped = accepted(placedWith(message(1)), acceptedAs(4, entry('a')));
    expect(shown(maker.rows(gapped, []))).toEqual([
      ['text 1', 1, undefined],
      ['pending', undefined, 'sent'],
    ]);
    expect(maker.rows(absorbed(gapped, run(2, 3)), []).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test('only own messages have ticks, from the watermarks of the chat', () => {
    const timeline = withStatus(
      withStatus(placedWith(own(1), own(2), own(3), message(4)), { status: 'delivered', seq: 2 }),
      { status: 'read', seq: 1 },
    );
    const ticks = new RowMaker().rows(timeline, []).map(({ tick }) => tick);
    expect(ticks).toEqual(['read', 'delivered', 'sent', undefined]);
  });

  test('erased, unknown and incomplete messages have no text', () => {
    const image = { ...message(2), content: null, kind: { type: 'poll' } } as unknown as Message;
    const { content: _, ...incomplete } = message(3);
    const timeline = withErased(
      placedWith(message(1), { ...image, senderId: 'x' }, { ...incomplete, senderId: 'x' } as Message),
      OTHER,
    );
    const rows = new RowMaker().rows(timeline, []);
    expect(rows.map(({ kind, content }) => [kind, content])).toEqual([
      ['erased', ''],
      ['unknown', ''],
      ['unknown', ''],
    ]);
  });

  test('unchanged rows stay the same objects, and an unchanged list the same list', () => {
    const maker = new RowMaker();
    const entries = [entry('a')];
    const timeline = placedWith(message(1), own(2));
    const before = maker.rows(timeline, entries);
    expect(maker.rows({ ...timeline }, entries)).toBe(before);
    const next = maker.rows(withStatus(timeline, { status: 'read', seq: 2 }), entries);
    expect(next[0]).toBe(before[0]);
    expect(next[1]).not.toBe(before[1]);
    expect(next[2]).toBe(before[2]);
  });

  test('a row is live if it arrived by socket', () => {
    const rows = new RowMaker().rows(received(placedWith(message(1)), message(2)), []);
    expect(rows.map(({ live }) => live)).toEqual([false, true]);
  });
});

/**
 * A user sends while others write. Each step moves one of the sends on: the server accepts it, then its ack, frame or
 * page arrives, then its entry leaves the outbox. The steps of different sends mix in any order.
 */
test('a sent message is exactly one row with one key, from the outbox to the last page', () => {
  const step = fc.record({ kind: fc.constantFrom('send', 'accept', 'ack', 'page', 'remove', 'other'), at: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const maker = new RowMaker();
      const server: Message[] = [];
      let entries: OutboxEntry[] = [];
      const sent: string[] = [];
      let timeline = placedWith();
      for (const { kind, at } of steps) {
        const target = entries[at % Math.max(1, entries.length)];
        const known = server.find(({ clientMessageId }) => clientMessageId === target?.clientMessageId);
        if (kind === 'send') entries = [...entries, entry(`client ${String(sent.length)}`)];
        if (kind === 'send') sent.push(`${ME}/client ${String(sent.length)}`);
        if (kind === 'other') server.push(message(server.length + 1, { clientMessageId: `of other ${String(at)}` }));
        if (kind === 'accept' && target && !known) server.push(acceptedAs(server.length + 1, target));
        if (kind === 'ack' && known) timeline = accepted(timeline, known);
        if (kind === 'page') timeline = absorbed(timeline, server.slice(newestOf(timeline), newestOf(timeline) + 3));
        const isHere = known && (known.seq <= newestOf(timeline) || timeline.ahead.has(known.seq));
        if (kind === 'remove' && isHere) entries = entries.filter((one) => one !== target);

        const keys = maker.rows(timeline, entries).map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.filter((key) => key.startsWith(`${ME}/`)).sort()).toEqual([...sent].sort());
      }
    }),
  );
});
