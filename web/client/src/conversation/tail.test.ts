import fc from 'fast-check';
import { expect, test } from 'vitest';
import { message, run } from '../../test/sync/build.js';
import type { Message } from '../contracts.js';
import { lastRun, mergedTail, TAIL } from './tail.js';

const seqs = (messages: readonly Message[]) => messages.map(({ seq }) => seq);

test('runs that overlap or touch become one', () => {
  expect(seqs(mergedTail(run(3, 5), run(5, 7)))).toEqual([3, 4, 5, 6, 7]);
  expect(seqs(mergedTail(run(3, 5), run(6, 7)))).toEqual([3, 4, 5, 6, 7]);
  expect(seqs(mergedTail(run(3, 5), run(1, 2)))).toEqual([1, 2, 3, 4, 5]);
});

test('a run beyond a gap replaces the tail, and a single message does not', () => {
  expect(seqs(mergedTail(run(1, 5), run(8, 9)))).toEqual([8, 9]);
  expect(seqs(mergedTail(run(1, 5), run(8, 8)))).toEqual([1, 2, 3, 4, 5]);
});

test('an older run beyond a gap changes nothing', () => {
  const tail = run(8, 9);
  expect(mergedTail(tail, run(1, 5))).toBe(tail);
});

test('erased messages stay erased', () => {
  const erased = message(2, { content: null });
  expect(mergedTail([message(1), erased], run(1, 3))[1]).toBe(erased);
});

test('the last run of stored messages ends at the newest, and begins after the last gap', () => {
  expect(seqs(lastRun([...run(1, 3), ...run(5, 6)]))).toEqual([5, 6]);
  expect(lastRun([])).toEqual([]);
});

test('a tail has no gap, at most 100 messages, and never goes back', () => {
  const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 120 })));
  fc.assert(
    fc.property(runs, (all) => {
      let tail: readonly Message[] = [];
      for (const [from, count] of all) {
        const next = mergedTail(tail, run(from, from + count - 1));
        expect(next.length).toBeLessThanOrEqual(TAIL);
        expect(lastRun(next)).toEqual(next);
        expect(next.at(-1)?.seq ?? 0).toBeGreaterThanOrEqual(tail.at(-1)?.seq ?? 0);
        tail = next;
      }
    }),
  );
});
