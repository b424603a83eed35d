import fc from 'fast-check';
import { expect, test } from 'vitest';
import { message } from '../../test/sync/build.js';
import type { Message, Window } from '../contracts.js';
import { absorbed, emptyTimeline, hasGap, hasOlder, placed, withWindows } from './timeline.js';
import {
  afterClearing,
  afterLeaving,
  isLater,
  lastBefore,
  nextAfter,
  shows,
  visibleBetween,
  type Windows,
} from './windows.js';

const LAST = 40;
const all = Array.from({ length: LAST }, (_, at) => at + 1);

/** Joins and leaves in turn, beginning as a member. */
function windowsOf(cuts: readonly number[]): Windows {
  const windows: Window[] = [{ from: 1 }];
  for (const [index, cut] of cuts.entries()) {
    if (index % 2 === 0) windows.push({ ...(windows.pop() as Window), to: cut });
    else windows.push({ from: cut });
  }
  return cuts.length === 0 ? undefined : windows;
}

const anyWindows = fc
  .uniqueArray(fc.integer({ min: 1, max: LAST - 1 }), { maxLength: 6 })
  .map((cuts) => windowsOf(cuts.sort((a, b) => a - b)));

test('steps and sizes agree with the messages that the windows show', () => {
  fc.assert(
    fc.property(anyWindows, fc.nat({ max: LAST }), fc.nat({ max: LAST }), (windows, seq, to) => {
      const visible = all.filter((one) => shows(windows, one));
      const next = visible.find((one) => one > seq);
      // Beyond the last message, only an open window goes on.
      if (next !== undefined) expect(nextAfter(windows, seq)).toBe(next);
      else expect(nextAfter(windows, seq)).toBeGreaterThan(LAST);
      expect(lastBefore(windows, seq)).toBe(visible.findLast((one) => one < seq) ?? 0);
      expect(visibleBetween(windows, seq, to)).toBe(visible.filter((one) => one > seq && one <= to).length);
    }),
  );
});

test('each leaving and each joining is later than the windows before', () => {
  const member = windowsOf([]);
  const former = afterLeaving(member, 5);
  expect(former).toEqual([{ from: 1, to: 5 }]);
  const again = windowsOf([5, 9]);
  const steps = [member, former, again, afterLeaving(again, 12)];
  for (const [index, later] of steps.entries()) {
    for (const earlier of steps.slice(0, index)) {
      expect([isLater(later, earlier), isLater(earlier, later)]).toEqual([true, false]);
    }
  }
  expect(afterLeaving(former, 7)).toBe(former);
});

test('a former member who clears the chat keeps a window without a message, and joining again is later', () => {
  const former = afterLeaving(undefined, 6);
  const cleared = afterClearing(former, 6);
  expect(cleared).toEqual([{ from: 7, to: 6 }]);
  expect(afterClearing(cleared, 6)).toEqual(cleared);
  // A device that does not know of the joining hears of a later clearing.
  expect(afterClearing(former, 9)).toEqual(cleared);
  const again: Windows = [{ from: 7 }];
  const steps = [undefined, former, cleared, again, afterLeaving(again, 9)];
  for (const [index, later] of steps.entries()) {
    for (const earlier of steps.slice(0, index)) {
      expect([isLater(later, earlier), isLater(earlier, later)]).toEqual([true, false]);
    }
  }
});

test('pages in any order make the visible messages, and gaps outside of the windows are no gaps', () => {
  const pages = fc.array(fc.tuple(fc.integer({ min: 1, max: LAST }), fc.integer({ min: 1, max: 8 })), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(anyWindows, pages, fc.nat({ max: LAST }), fc.boolean(), (windows, runs, base, isLate) => {
      const visible = all.filter((one) => shows(windows, one)).map((seq) => message(seq));
      const within = ([from, size]: [number, number]): Message[] =>
        visible.filter(({ seq }) => seq >= from && seq < from + size);
      let timeline = isLate ? emptyTimeline('me') : withWindows(emptyTimeline('me'), windows);
      timeline = placed(timeline, { base, messages: [], following: true });
      for (const run of runs) timeline = absorbed(timeline, within(run));
      timeline = withWindows(timeline, windows);
      const shown = timeline.messages.map(({ seq }) => seq);
      const first = timeline.base ?? 0;
      const last = shown.at(-1) ?? first;
      expect(shown).toEqual(visible.map(({ seq }) => seq).filter((seq) => seq > first && seq <= last));
      timeline = absorbed(timeline, visible);
      expect(timeline.messages).toEqual(visible);
      expect([hasGap(timeline), hasOlder(timeline), timeline.ahead.size]).toEqual([false, false, 0]);
    }),
  );
});
