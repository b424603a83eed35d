/** The stored end of a chat: the newest messages that follow each other. Pure functions. */
import type { Message } from '../contracts.js';
import { newerOf } from './timeline.js';

/** Messages kept for each chat. */
export const TAIL = 100;

/** The messages that follow each other, from the newest backwards. */
export function lastRun(messages: readonly Message[]): readonly Message[] {
  let start = messages.length - 1;
  while (start > 0 && messages[start - 1]?.seq === (messages[start]?.seq ?? 0) - 1) start--;
  return messages.slice(Math.max(0, start)).slice(-TAIL);
}

/**
 * The tail after a run of messages arrived. Runs that overlap or touch become one. A run beyond a gap replaces the
 * tail, unless it is a single message: then the older tail shows more. An older run changes nothing.
 */
export function mergedTail(tail: readonly Message[], run: readonly Message[]): readonly Message[] {
  const [first, last] = [run[0], run.at(-1)];
  const [from, to] = [tail[0], tail.at(-1)];
  if (!first || !last) return tail;
  if (!from || !to) return run.slice(-TAIL);
  if (last.seq < from.seq - 1) return tail;
  if (first.seq > to.seq + 1) return run.length > 1 ? run.slice(-TAIL) : tail;
  const bySeq = new Map(tail.map((message) => [message.seq, message]));
  for (const message of run) bySeq.set(message.seq, newerOf(bySeq.get(message.seq), message));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(-TAIL);
}
