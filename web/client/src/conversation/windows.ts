/** The ranges of `seq` that a member may see. `undefined`: everything. Pure functions. */
import type { Window } from '../contracts.js';

/** In the order of seq, without overlaps. */
export type Windows = readonly Window[] | undefined;

const ALL: readonly Window[] = [{ from: 1 }];

export function shows(windows: Windows, seq: number): boolean {
  return (windows ?? ALL).some(({ from, to = Infinity }) => from <= seq && seq <= to);
}

/** The first visible seq above `seq`; Infinity without any. */
export function nextAfter(windows: Windows, seq: number): number {
  const next = (windows ?? ALL).find(({ to = Infinity }) => seq < to);
  return next ? Math.max(seq + 1, next.from) : Infinity;
}

/** The last visible seq below `seq`; 0 without any. */
export function lastBefore(windows: Windows, seq: number): number {
  const last = (windows ?? ALL).findLast(({ from }) => from < seq);
  return last ? Math.min(seq - 1, last.to ?? Infinity) : 0;
}

/** The visible seqs above `after`, up to and with `upTo`. */
export function visibleBetween(windows: Windows, after: number, upTo: number): number {
  const sizes = (windows ?? ALL).map(({ from, to = Infinity }) => Math.min(to, upTo) - Math.max(from - 1, after));
  return sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
}

/** The windows after the member has left with message `seq`. */
export function afterLeaving(windows: Windows, seq: number): Windows {
  const all = windows ?? ALL;
  const last = all.at(-1);
  return last && last.to === undefined ? [...all.slice(0, -1), { ...last, to: seq }] : windows;
}

/**
 * The windows after the user has cleared the chat up to `seq`. If none is left, the last one ends before it begins, as
 * the server has it.
 */
export function afterClearing(windows: Windows, seq: number): readonly Window[] {
  const all = windows ?? ALL;
  const visible = all.filter(({ to = Infinity }) => to > seq);
  const { to } = all.at(-1) ?? {};
  if (visible.length === 0 && to !== undefined) return [{ from: to + 1, to }];
  return visible.map((window) => (window.from > seq ? window : { ...window, from: seq + 1 }));
}

/**
 * The windows of a direct chat without a present block, which ends the last one: while it lasts, no message comes that
 * it could hide.
 */
export function opened(windows: Windows): Windows {
  const last = windows?.at(-1);
  if (!windows || last?.to === undefined) return windows;
  const next = [...windows.slice(0, -1), { from: last.from }];
  return next.length === 1 && last.from === 1 ? undefined : next;
}

/** Whether `a` is from a later time than `b`: after one more leaving, joining or clearing. */
export function isLater(a: Windows, b: Windows): boolean {
  const [lastOfA, lastOfB] = [(a ?? ALL).at(-1), (b ?? ALL).at(-1)];
  if (!lastOfA || !lastOfB) return false;
  if (lastOfA.from !== lastOfB.from) return lastOfA.from > lastOfB.from;
  if (lastOfA.to !== lastOfB.to) return stageOf(lastOfA) > stageOf(lastOfB);
  return nextAfter(a, 0) > nextAfter(b, 0);
}

/** Whether the user left, and has cleared everything: only a joining can bring a message `from`. */
export function isEmpty({ from, to = Infinity }: Window): boolean {
  return to < from;
}

/** Of windows that begin at the same message: one that waits for a joining, then an open one, then its end. */
function stageOf(window: Window): number {
  if (isEmpty(window)) return 0;
  return window.to === undefined ? 1 : 2;
}

export function isSameWindows(a: Windows, b: Windows): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) return a === b;
  return a.every(({ from, to }, at) => from === b[at]?.from && to === b[at].to);
}
