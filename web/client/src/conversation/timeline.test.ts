import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ME, OTHER, message, own, run } from '../../test/sync/build.js';
import type { Message, Status } from '../contracts.js';
import { isBehind, withLastChange } from './changes.js';
import { statusOf } from './ticks.js';
import * as timelines from './timeline.js';
import { absorbed, accepted, emptyTimeline, newestOf, placed, received, withErased, withStatus } from './timeline.js';
import type { Timeline } from './timeline.js';

const placedAt = (from: number, to: number): Timeline =>
  placed(emptyTimeline(ME), { base: from - 1, messages: run(from, to), following: true });
/** A window in the history of a chat with `lastSeq` messages. */
const inHistory = (from: number, to: number, lastSeq: number): Timeline =>
  placed(timelines.withLastSeq(emptyTimeline(ME), lastSeq), {
    base: from - 1,
    messages: run(from, to),
    following: false,
  });
const seqs = ({ messages }: Timeline) => messages.map(({ seq }) => seq);
const range = (from: number, to: number) => run(from, to).map(({ seq }) => seq);

describe('a timeline', () => {
  test('appends the message that follows', () => {
    expect(seqs(received(placedAt(1, 3), message(4)))).toEqual([1, 2, 3, 4]);
  });

  test('keeps a message beyond a gap until the gap is filled', () => {
    const gapped = received(placedAt(1, 3), message(6));
    expect(seqs(gapped)).toEqual([1, 2, 3]);
    expect(timelines.hasGap(gapped)).toBe(true);
    const filled = absorbed(gapped, run(4, 5));
    expect(seqs(filled)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(timelines.hasGap(filled)).toBe(false);
  });

  test('keeps an own message of a former member who has cleared all, and is a member again', () => {
    const cleared = timelines.withWindows(timelines.withLastSeq(placedAt(1, 2), 2), []);
    const timeline = accepted(cleared, own(4));
    expect([...timeline.ahead.keys()]).toEqual([4]);
    expect(seqs(timelines.withWindows(timeline, [{ from: 3 }]))).toEqual([]);
    expect(seqs(absorbed(timelines.withWindows(timeline, [{ from: 3 }]), [message(3)]))).toEqual([3, 4]);
  });

  test('takes frames that arrive before the first page', () => {
    const early = [5, 7].reduce((timeline, seq) => received(timeline, message(seq)), emptyTimeline(ME));
    const timeline = placed(early, { base: 2, messages: run(3, 4), following: true });
    expect(seqs(timeline)).toEqual([3, 4, 5]);
    expect(timelines.hasGap(timeline)).toBe(true);
  });

  test('promises no change that a message ahead of a page may lack', () => {
    const early = received(emptyTimeline(ME), message(6));
    const gapped = received(placedAt(1, 3), message(6));
    for (const before of [early, gapped]) {
      const page = { base: 0, following: true, changeSeq: 1 };
      const missing = placed(before, { ...page, messages: run(1, 5) });
      expect(seqs(missing)).toEqual(range(1, 6));
      expect([missing.changeSeq, isBehind(missing)]).toEqual([0, true]);
      expect(isBehind(placed(before, { ...page, messages: run(1, 6) }))).toBe(false);
    }
    const informed = received(withLastChange(emptyTimeline(ME), 4), message(6));
    expect(placed(informed, { base: 0, messages: run(1, 5), following: true, changeSeq: 5 }).changeSeq).toBe(4);
  });

  test('does not change with a duplicate', () => {
    const timeline = placedAt(1, 3);
    expect(received(timeline, message(2)).messages).toEqual(timeline.messages);
    expect(received(timeline, message(2)).messages[1]).toBe(timeline.messages[1]);
  });

  test('takes a short page, and one with a hole, as far as it follows', () => {
    expect(seqs(absorbed(placedAt(1, 2), [message(3), message(5)]))).toEqual([1, 2, 3]);
    const newest = placed(emptyTimeline(ME), { base: 6, messages: [message(7), message(9)], following: true });
    expect(seqs(newest)).toEqual([7]);
    expect(timelines.hasGap(newest)).toBe(true);
  });

  test('prepends an older page that touches, and no other', () => {
    expect(seqs(absorbed(placedAt(5, 6), run(2, 4)))).toEqual(range(2, 6));
    expect(seqs(absorbed(placedAt(5, 6), run(1, 3)))).toEqual([5, 6]);
  });

  test('in history, does not take live messages, and follows again after the last page', () => {
    const history = received(inHistory(1, 3, 8), message(9));
    expect(seqs(history)).toEqual([1, 2, 3]);
    expect(timelines.hasNewer(history)).toBe(true);
    expect(timelines.hasGap(history)).toBe(false);
    const end = absorbed(history, run(4, 9));
    expect(timelines.hasNewer(end)).toBe(false);
    expect(seqs(received(end, message(10)))).toEqual(range(1, 10));
  });

  test('keeps an accepted message beyond a gap, in history too', () => {
    const history = accepted(inHistory(1, 3, 8), own(9));
    expect([...history.ahead.keys()]).toEqual([9]);
    expect([...received(history, message(10)).ahead.keys()]).toEqual([9]);
  });

  test('that is replaced by an older page keeps what is newer: in history only the own messages', () => {
    const timeline = [own(4), message(5)].reduce(accepted, placedAt(1, 3));
    const inThePast = placed(timeline, { base: 0, messages: run(1, 2), following: false });
    expect([...inThePast.ahead.keys()]).toEqual([4]);
    const atTheEnd = placed(timeline, { base: 0, messages: run(1, 2), following: true });
    expect(seqs(atTheEnd)).toEqual(range(1, 5));
  });

  test('marks as live only messages of others that were unknown', () => {
    const timeline = [message(4), own(5), message(2)].reduce(received, placedAt(1, 3));
    expect([...timeline.live]).toEqual(['message 4']);
  });

  test('blanks the messages of an erased member, and a late copy does not bring them back', () => {
    const erased = withErased(placedAt(1, 2), OTHER);
    expect(erased.messages.map(({ content }) => content)).toEqual([null, null]);
    expect(absorbed(erased, run(1, 2)).messages.map(({ content }) => content)).toEqual([null, null]);
    expect(withErased(erased, OTHER)).toBe(erased);
  });

  test('loses its newest messages only with the end of the chat', () => {
    const trimmed = timelines.withoutNewest(placedAt(1, 9), 4);
    expect([seqs(trimmed), timelines.hasNewer(trimmed)]).toEqual([range(1, 4), true]);
    const kept = timelines.withoutOldest(placedAt(1, 9), 4);
    expect([seqs(kept), timelines.hasOlder(kept)]).toEqual([range(6, 9), true]);
  });

  test('opens with a stored tail that holds the first unread message, and with no other', () => {
    const tail = { messages: run(5, 9), ticks: { delivered: 4, read: 2 } };
    expect(seqs(timelines.restored(emptyTimeline(ME), tail, 4))).toEqual(range(5, 9));
    expect(timelines.restored(emptyTimeline(ME), tail, 3).base).toBeUndefined();
  });
});

/** A server with 40 messages, of which a page may see only the first `upTo`. */
const SENDERS = [ME, OTHER, 'third'];
const history = range(1, 40).map((seq) => message(seq, { senderId: SENDERS[(seq * 7) % 3] ?? OTHER }));
const seqArbitrary = fc.integer({ min: 1, max: history.length });
const sizeArbitrary = fc.integer({ min: 1, max: 9 });
const statusArbitrary = fc.constantFrom<Status>('sent', 'delivered', 'read');

type Step =
  | { kind: 'frame' | 'ack' | 'jump' | 'leave'; seq: number }
  | { kind: 'older' | 'newer' | 'catchUp' | 'late'; seq: number; size: number }
  | { kind: 'status'; seq: number; status: Status };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('frame', 'frame', 'ack', 'jump', 'leave'), seq: seqArbitrary }),
  fc.record({ kind: fc.constantFrom('older', 'newer', 'catchUp', 'late'), seq: seqArbitrary, size: sizeArbitrary }),
  fc.record({ kind: fc.constant('status'), seq: seqArbitrary, status: statusArbitrary }),
);

const at = (seq: number): Message => history[seq - 1] ?? message(seq);
const after = (seq: number, size: number) => history.slice(seq, seq + size);
const before = (seq: number, size: number) => history.slice(Math.max(0, seq - 1 - size), seq - 1);

function apply(timeline: Timeline, step: Step): Timeline {
  switch (step.kind) {
    case 'frame':
      return received(timeline, at(step.seq));
    case 'ack':
      return at(step.seq).senderId === ME ? accepted(timeline, at(step.seq)) : timeline;
    case 'status':
      return withStatus(timeline, { status: step.status, seq: step.seq });
    case 'jump': {
      const page = history.slice(Math.max(0, step.seq - 5), step.seq);
      return placed(timelines.withLastSeq(timeline, step.seq), {
        base: step.seq - page.length,
        messages: page,
        following: true,
      });
    }
    case 'leave':
      return timeline.base === undefined ? timeline : timelines.detached(timeline);
    case 'older':
      return absorbed(timeline, before((timeline.base ?? 0) + 1, step.size));
    case 'newer':
    case 'catchUp':
      return absorbed(timeline, after(newestOf(timeline), step.size));
    // A page for a window that is not there any more.
    case 'late':
      return absorbed(timeline, after(step.seq, step.size));
  }
}

describe('under any order of frames, acks, pages and duplicates', () => {
  const steps = fc.array(step, { maxLength: 40 });
  const everyStep = (check: (before: Timeline, next: Timeline, step: Step) => void) => {
    fc.assert(
      fc.property(steps, (all) => {
        let timeline = emptyTimeline(ME);
        for (const one of all) {
          const next = apply(timeline, one);
          check(timeline, next, one);
          timeline = next;
        }
      }),
    );
  };

  test('the window has no gap and no duplicate, and is sorted', () => {
    everyStep((_, next) => {
      expect(seqs(next)).toEqual(range((next.base ?? 0) + 1, newestOf(next)));
    });
  });

  test('a message in the window stays there until the window is replaced', () => {
    everyStep((before, next, { kind }) => {
      if (kind === 'jump' || before.base === undefined) return;
      expect(next.base).toBeLessThanOrEqual(before.base);
      expect(newestOf(next)).toBeGreaterThanOrEqual(newestOf(before));
    });
  });

  test('an accepted message of the user is in the window or ahead of it', () => {
    everyStep((_, next, one) => {
      if (one.kind !== 'ack' || at(one.seq).senderId !== ME || next.base === undefined) return;
      expect(one.seq <= newestOf(next) || next.ahead.has(one.seq)).toBe(true);
    });
  });

  test('ticks never go back', () => {
    everyStep((before, next) => {
      const order: Status[] = ['sent', 'delivered', 'read'];
      for (const { seq } of history) {
        const [was, is] = [statusOf(before.ticks, seq), statusOf(next.ticks, seq)];
        expect(order.indexOf(is)).toBeGreaterThanOrEqual(order.indexOf(was));
      }
    });
  });

  test('pages close every gap, and the window then ends with the newest message', () => {
    fc.assert(
      fc.property(steps, sizeArbitrary, (all, size) => {
        let timeline = placed(all.reduce(apply, emptyTimeline(ME)), { base: 0, messages: [], following: true });
        for (let pages = 0; timelines.hasGap(timeline) && pages < 41; pages++) {
          timeline = absorbed(timeline, after(newestOf(timeline), size));
        }
        expect(newestOf(timeline)).toBe(timeline.lastSeq);
        expect(timeline.ahead.size).toBe(0);
      }),
    );
  });
});
