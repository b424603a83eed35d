/** The stored end of a chat: the newest messages that follow each other. Pure functions. */
import type { Message, OwnReaction } from '../contracts.js';
import { hiddenOf, newerOf } from './message-states.js';
import { withQuotesOf, withoutQuotes } from './quotes.js';
import { ofFrame, withOwnReaction } from './reactions.js';
import type { Ticks } from './ticks.js';

export interface Tail {
  readonly messages: readonly Message[];
  readonly ticks: Ticks;
  /** The messages have all changes up to this one. */
  readonly changeSeq: number;
}

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
 * tail, unless it is a single message: then the older tail shows more. An older run changes nothing. Of a group that an
 * operator has removed, only the message that says so stays.
 */
export function mergedTail(tail: readonly Message[], run: readonly Message[]): readonly Message[] {
  const [first, last] = [run[0], run.at(-1)];
  const [from, to] = [tail[0], tail.at(-1)];
  if (!first || !last) return tail;
  if (last.kind?.type === 'chatRemoved') return [last];
  if (!from || !to) return run.slice(-TAIL);
  if (last.seq < from.seq - 1) return tail;
  if (first.seq > to.seq + 1) return run.length > 1 ? run.slice(-TAIL) : tail;
  const bySeq = new Map(tail.map((message) => [message.seq, message]));
  for (const message of run) bySeq.set(message.seq, newerOf(bySeq.get(message.seq), message));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(-TAIL);
}

/** Takes the end of an open conversation, with its changes. Older messages stay if they have these changes, too. */
export function withRun(tail: Tail, run: readonly Message[], changeSeq = tail.changeSeq): Tail {
  const [first, last] = [run[0], run.at(-1)];
  if (!first || !last) return tail;
  const isBehind = tail.changeSeq < changeSeq;
  const kept = isBehind ? tail.messages.filter(({ seq }) => seq >= first.seq) : tail.messages;
  const isBeyond = isBehind && first.seq > (kept.at(-1)?.seq ?? 0) + 1;
  const messages = isBeyond ? run.slice(-TAIL) : mergedTail(kept, run);
  const hasRun = messages.some(({ seq }) => seq === last.seq);
  return hasRun ? { ...tail, messages, changeSeq } : tail;
}

/** Takes a message from a frame. A late copy of a message before the tail may lack changes. */
export function withHeard(tail: Tail, message: Message): Tail {
  if (message.seq < (tail.messages[0]?.seq ?? 0)) return tail;
  return { ...tail, messages: mergedTail(tail.messages, [message]) };
}

/** Takes a change from a frame. If a change, or a message before this one, is missing, `changeSeq` stays behind it. */
export function withChangeOf(tail: Tail, changeSeq: number, changed: Message, me: string): Tail {
  const [first, last] = [tail.messages[0], tail.messages.at(-1)];
  if (!first || !last) return tail;
  const known = tail.messages.find(({ messageId }) => messageId === changed.messageId);
  const message = ofFrame(changed, known, me);
  const isKnown = message.seq <= last.seq + 1;
  const merged = message.seq < first.seq || !isKnown ? tail.messages : mergedTail(tail.messages, [message]);
  const follows = isKnown && changeSeq === tail.changeSeq + 1;
  return { ...tail, messages: withQuotesOf(merged, [message]), changeSeq: follows ? changeSeq : tail.changeSeq };
}

/** Removes the content of an erased member's messages. */
export function withErasedMember(tail: Tail, userId: string): Tail {
  const unquoted = withoutQuotes(tail.messages, ({ senderId }) => senderId === userId);
  const erase = (message: Message) =>
    message.senderId === userId && message.content !== null ? { ...message, content: null } : message;
  return { ...tail, messages: unquoted.map(erase) };
}

/** The user has reacted, on any device. */
export function withReactionOf(tail: Tail, reaction: OwnReaction): Tail {
  const react = (message: Message) =>
    message.messageId === reaction.messageId ? withOwnReaction(message, reaction) : message;
  return { ...tail, messages: tail.messages.map(react) };
}

/** The user has hidden one message, or all up to `clearedSeq`. */
export function withoutHidden(tail: Tail, { seq, clearedSeq = 0 }: { seq?: number; clearedSeq?: number }): Tail {
  const isLost = ({ seq: quoted = Infinity }) => quoted === seq || quoted <= clearedSeq;
  const left = tail.messages.filter((message) => message.seq > clearedSeq);
  const messages = withoutQuotes(left, isLost);
  return { ...tail, messages: messages.map((message) => (message.seq === seq ? hiddenOf(message) : message)) };
}
