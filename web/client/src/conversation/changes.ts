/**
 * Edits, deletions and reactions in a timeline. They have numbers of their own, `changeSeq`, without gaps. The
 * timeline's `changeSeq` is a cursor: all its messages have all changes up to there. Pure functions.
 */
import type { Chat, Message, OwnReaction } from '../contracts.js';
import { hiddenOf } from './message-states.js';
import { withQuotesOf, withoutQuotes } from './quotes.js';
import { ofFrame, withOwnReaction } from './reactions.js';
import { absorbed, withErased, withLastSeq, withWindows, type Timeline } from './timeline.js';

/** Takes a change from a frame or an answer. After a gap, the cursor stays: the missing changes must be fetched. */
export function withChange(timeline: Timeline, changeSeq: number, message: Message): Timeline {
  const known = knownOf(timeline, message);
  const next = withLastChange(withStates(timeline, [ofFrame(message, known, timeline.me)]), changeSeq);
  return next.changeSeq !== undefined && changeSeq === next.changeSeq + 1 ? { ...next, changeSeq } : next;
}

/** Takes the changed messages of an answer: all changes after `after`, up to `changeSeq`. */
export function caughtUp(
  timeline: Timeline,
  after: number,
  { changed, changeSeq }: { changed: readonly Message[]; changeSeq: number },
): Timeline {
  const next = withLastChange(withStates(timeline, changed), changeSeq);
  const { changeSeq: cursor } = next;
  // A page may have moved the cursor back meanwhile, to before the first of these changes.
  if (cursor === undefined || cursor < after || changeSeq <= cursor) return next;
  return { ...next, changeSeq };
}

/** Before a page is taken that has changes up to `changeSeq` only: the cursor never promises more than that. */
export function asOldAs(timeline: Timeline, changeSeq: number): Timeline {
  const { changeSeq: cursor } = timeline;
  const next = withLastChange(timeline, changeSeq);
  return cursor === undefined || cursor <= changeSeq ? next : { ...next, changeSeq };
}

/** Takes from the list of chats: newer messages and changes, erased members, and what the user may see. */
export function withChat(timeline: Timeline, chat: Chat): Timeline {
  const erased = (chat.erased ?? []).reduce(withErased, timeline);
  const next = withLastSeq(withWindows(erased, chat.windows), chat.lastSeq);
  return withLastChange(next, chat.changeSeq ?? 0);
}

/** Learns that the chat has changes up to `changeSeq`. */
export function withLastChange(timeline: Timeline, changeSeq: number): Timeline {
  return changeSeq <= timeline.lastChange ? timeline : { ...timeline, lastChange: changeSeq };
}

/** Whether changes are missing here. */
export function isBehind({ base, changeSeq, lastChange }: Timeline): boolean {
  return base !== undefined && (changeSeq ?? 0) < lastChange;
}

/** The server has no more changes for this user, who may have left the group meanwhile. */
export function settled(timeline: Timeline): Timeline {
  return isBehind(timeline) ? { ...timeline, lastChange: timeline.changeSeq ?? 0 } : timeline;
}

/** The changes since the cursor are not kept any more: the next window begins anew. Own messages stay meanwhile. */
export function outdated(timeline: Timeline): Timeline {
  const ahead = new Map([...timeline.ahead].filter(([, { senderId }]) => senderId === timeline.me));
  return { ...timeline, changeSeq: undefined, ahead };
}

/** The user has hidden messages, on any device. */
export function withHidden(timeline: Timeline, seqs: readonly number[]): Timeline {
  const fresh = new Set(seqs.filter((seq) => !timeline.hidden.has(seq)));
  if (fresh.size === 0) return timeline;
  const hidden = new Set([...timeline.hidden, ...fresh]);
  const hide = (message: Message) => (fresh.has(message.seq) ? hiddenOf(message) : message);
  const messages = withoutQuotes(timeline.messages, ({ seq = 0 }) => fresh.has(seq)).map(hide);
  const ahead = new Map([...timeline.ahead].map(([seq, message]) => [seq, hide(message)]));
  return { ...timeline, hidden, messages, ahead };
}

/** The user has reacted, on any device. */
export function withReaction(timeline: Timeline, reaction: OwnReaction): Timeline {
  const known = knownOf(timeline, reaction);
  const next = known && withOwnReaction(known, reaction);
  if (!known || next === known) return timeline;
  const replace = (message: Message) => (message === known ? (next ?? known) : message);
  const ahead = new Map([...timeline.ahead].map(([seq, message]) => [seq, replace(message)]));
  return { ...timeline, messages: timeline.messages.map(replace), ahead };
}

function knownOf({ messages, ahead }: Timeline, { messageId }: { messageId: string }): Message | undefined {
  const isIt = (message: Message) => message.messageId === messageId;
  return messages.find(isIt) ?? [...ahead.values()].find(isIt);
}

/** Messages before the window show in quotes alone; those after it wait for the messages between. */
function withStates(timeline: Timeline, states: readonly Message[]): Timeline {
  if (states.length === 0) return timeline;
  const { base = 0 } = timeline;
  const next = absorbed(
    timeline,
    states.filter(({ seq }) => seq > base),
  );
  const messages = withQuotesOf(next.messages, states);
  return messages === next.messages ? next : { ...next, messages };
}
