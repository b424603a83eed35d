/**
 * The messages of a chat in memory: one section without gaps, as far as the user may see them. All functions are pure:
 * they return a new timeline, or the same one if nothing changed. Messages may arrive twice, late, and in any order;
 * only `seq` orders them.
 */
import type { Message, Status } from '../contracts.js';
import { hiddenOf, newerOf } from './message-states.js';
import { withQuotes, withoutQuotes } from './quotes.js';
import { isLater, isSameWindows, lastBefore, nextAfter, shows, type Windows } from './windows.js';
import { NO_TICKS, joined, raisedByFrame, raisedByMessages, raisedByPage, type Ticks } from './ticks.js';

export interface Timeline {
  readonly me: string;
  /** The seq before the first message of the window. `undefined`: there is no window yet. */
  readonly base: number | undefined;
  /** The window: each seq is the next visible one after the seq before. */
  readonly messages: readonly Message[];
  /** By seq: messages above the window, while those between are missing. */
  readonly ahead: ReadonlyMap<number, Message>;
  /** The messages that the user may see. */
  readonly windows: Windows;
  /** The newest seq of the chat that is known. */
  readonly lastSeq: number;
  /** Whether the window belongs at the end of the chat. If so, newer messages belong into it. */
  readonly following: boolean;
  /** Ids of messages of others that arrived by socket. */
  readonly live: ReadonlySet<string>;
  readonly ticks: Ticks;
  /** The last change of the chat that all messages here have. `undefined` without messages. */
  readonly changeSeq: number | undefined;
  /** The last change of the chat that is known. */
  readonly lastChange: number;
  /** The seqs of messages that the user has hidden, as far as they are known. */
  readonly hidden: ReadonlySet<number>;
}

/** Limit of `ahead`: messages beyond it are fetched again. */
const MAX_AHEAD = 500;

export function emptyTimeline(me: string): Timeline {
  return {
    me,
    base: undefined,
    messages: [],
    ahead: new Map(),
    windows: undefined,
    lastSeq: 0,
    following: true,
    live: new Set(),
    ticks: NO_TICKS,
    changeSeq: undefined,
    lastChange: 0,
    hidden: new Set(),
  };
}

/** The seq of the last message of the window; that before the window if it is empty. */
export function newestOf({ base, messages }: Timeline): number {
  return messages.at(-1)?.seq ?? base ?? 0;
}

/** Whether the window should reach further than it does. */
export function hasGap(timeline: Timeline): boolean {
  const { following, base, windows, lastSeq } = timeline;
  return following && base !== undefined && nextAfter(windows, newestOf(timeline)) <= lastSeq;
}

export function hasOlder({ base, windows }: Timeline): boolean {
  return base !== undefined && lastBefore(windows, base + 1) > 0;
}

export function hasNewer({ base, following }: Timeline): boolean {
  return base !== undefined && !following;
}

/**
 * Replaces the window. It begins after `base` and holds the messages that follow without a gap, with all changes up to
 * `changeSeq`.
 */
export function placed(
  timeline: Timeline,
  window: { base: number; messages: readonly Message[]; following: boolean; changeSeq?: number },
): Timeline {
  const { base, messages, following, changeSeq = 0 } = window;
  // The page may be older than what arrived meanwhile: an own message must not vanish for a moment.
  const end = messages.at(-1)?.seq ?? base;
  const newer = timeline.messages.filter(({ seq, senderId }) => seq > end && (following || senderId === timeline.me));
  const ahead = new Map([...timeline.ahead, ...newer.map((message) => [message.seq, message] as const)]);
  const inPage = new Set(messages.map(({ seq }) => seq));
  const isPageAll = [...ahead.keys()].every((seq) => inPage.has(seq));
  const least = isPageAll ? changeSeq : Math.min(changeSeq, timeline.changeSeq ?? changeSeq);
  const lastChange = Math.max(timeline.lastChange, changeSeq);
  return absorbed({ ...timeline, base, messages: [], ahead, following, changeSeq: least, lastChange }, messages);
}

/** Shows a stored tail of the chat, if it holds the first unread message, at which the window is to open. */
export function restored(
  timeline: Timeline,
  tail: { messages: readonly Message[]; ticks: Ticks; changeSeq?: number },
  readSeq: number,
): Timeline {
  const base = (tail.messages[0]?.seq ?? 0) - 1;
  if (timeline.base !== undefined || base < 0 || nextAfter(timeline.windows, readSeq) <= base) return timeline;
  const ticks = joined(timeline.ticks, tail.ticks);
  const { messages, changeSeq = 0 } = tail;
  return placed({ ...timeline, ticks }, { base, messages, following: true, changeSeq });
}

/** The part of a closed conversation that stays in memory, for a quick return. `undefined`: nothing that helps. */
export function snapshot(timeline: Timeline, keep: number): Timeline | undefined {
  if (timeline.base === undefined || !timeline.following) return undefined;
  return { ...withoutOldest(timeline, keep), ahead: new Map(), live: new Set() };
}

/** Takes a page, in either direction. Messages that do not touch the window wait in `ahead`, or are fetched later. */
export function absorbed(timeline: Timeline, arrived: readonly Message[]): Timeline {
  const known = new Map(timeline.ahead);
  // Late news of messages that the user has cleared. A former member who has cleared all may be a member again.
  const first = Math.min(nextAfter(timeline.windows, 0), timeline.lastSeq + 1);
  const visible = arrived.filter(({ seq }) => seq >= first);
  for (const message of visible) known.set(message.seq, newerOf(known.get(message.seq), shownIn(timeline, message)));
  const lastSeq = arrived.reduce((last, { seq }) => Math.max(last, seq), timeline.lastSeq);
  const ticks = raisedByMessages(timeline.ticks, timeline.me, arrived);
  if (timeline.base === undefined) {
    const { changeSeq = timeline.lastChange } = timeline;
    return { ...timeline, ahead: bounded(known), lastSeq, ticks, ...(known.size > 0 ? { changeSeq } : {}) };
  }
  const { base, messages } = grown(timeline, timeline.base, known);
  const end = newestOf({ ...timeline, base, messages });
  const following = timeline.following || nextAfter(timeline.windows, end) > lastSeq;
  const ahead = aheadOf(timeline, known, end, following);
  return { ...timeline, base, messages: withQuotes(messages, timeline.windows), ahead, lastSeq, following, ticks };
}

/** Takes a message from the socket. */
export function received(timeline: Timeline, message: Message): Timeline {
  // A late copy of a message before the window may lack changes that have passed by.
  if (message.seq <= (timeline.base ?? 0)) return timeline;
  const isNew = message.seq > newestOf(timeline) && !timeline.ahead.has(message.seq);
  const next = absorbed(timeline, [message]);
  if (!isNew || message.senderId === timeline.me) return next;
  return { ...next, live: new Set(timeline.live).add(message.messageId) };
}

/** Takes an own message that the server has just accepted: it stays visible, even if messages before it are missing. */
export function accepted(timeline: Timeline, message: Message): Timeline {
  const next = absorbed(timeline, [message]);
  if (next.following || message.seq <= newestOf(next)) return next;
  return { ...next, ahead: new Map(next.ahead).set(message.seq, message) };
}

export function withStatus(timeline: Timeline, frame: { status: Status; seq: number; from?: number }): Timeline {
  const ticks = raisedByFrame(timeline.ticks, frame);
  return ticks === timeline.ticks ? timeline : { ...timeline, ticks };
}

/** Takes the statuses of a page of a direct chat. `asked`: the ticks when the page was asked for. */
export function withStatuses(timeline: Timeline, messages: readonly Message[], asked: Ticks): Timeline {
  const ticks = raisedByPage(timeline.ticks, timeline.me, messages, asked);
  return ticks === timeline.ticks ? timeline : { ...timeline, ticks };
}

/** Learns that the chat has messages up to `seq`. */
export function withLastSeq(timeline: Timeline, seq: number): Timeline {
  return seq <= timeline.lastSeq ? timeline : { ...timeline, lastSeq: seq };
}

/** Learns what the user may see. An older answer changes nothing. */
export function withWindows(timeline: Timeline, windows: Windows): Timeline {
  if (isSameWindows(timeline.windows, windows) || isLater(timeline.windows, windows)) return timeline;
  const visible = ({ seq }: Message) => shows(windows, seq);
  const ahead = new Map([...timeline.ahead].filter(([, message]) => visible(message)));
  return absorbed({ ...timeline, windows, messages: timeline.messages.filter(visible), ahead }, []);
}

/** Learns that the server has no older messages than the window. */
export function atStart(timeline: Timeline): Timeline {
  return { ...timeline, base: 0 };
}

/** Removes the content of an erased member's messages. */
export function withErased(timeline: Timeline, userId: string): Timeline {
  const erase = (message: Message): Message =>
    message.senderId === userId && message.content !== null ? { ...message, content: null } : message;
  return mapped(timeline, erase, ({ senderId }) => senderId === userId);
}

/** Leaves the end of the chat: newer messages do not belong into the window any more. */
export function detached(timeline: Timeline): Timeline {
  return { ...timeline, following: false, ahead: onlyOwn(timeline, timeline.ahead) };
}

/** Keeps the newest messages. */
export function withoutOldest(timeline: Timeline, keep: number): Timeline {
  const surplus = timeline.messages.length - keep;
  if (surplus <= 0 || timeline.base === undefined) return timeline;
  const base = timeline.messages[surplus - 1]?.seq ?? timeline.base;
  return { ...timeline, base, messages: timeline.messages.slice(surplus) };
}

/** Keeps the oldest messages. */
export function withoutNewest(timeline: Timeline, keep: number): Timeline {
  if (timeline.messages.length <= keep) return timeline;
  return detached({ ...timeline, messages: timeline.messages.slice(0, keep) });
}

/** The window with all known messages that touch it. */
function grown({ messages, windows }: Timeline, base: number, known: ReadonlyMap<number, Message>) {
  const run = (first: number, next: (seq: number) => number) => {
    const found: Message[] = [];
    for (let message = known.get(first); message; message = known.get(next(message.seq))) found.push(message);
    return found;
  };
  const older = run(lastBefore(windows, base + 1), (seq) => lastBefore(windows, seq)).reverse();
  const end = messages.at(-1)?.seq ?? base;
  const newer = run(nextAfter(windows, end), (seq) => nextAfter(windows, seq));
  const inside = messages.map((message) => newerOf(message, known.get(message.seq) ?? message));
  return { base: older[0] ? older[0].seq - 1 : base, messages: [...older, ...inside, ...newer] };
}

function aheadOf(timeline: Timeline, known: ReadonlyMap<number, Message>, end: number, following: boolean) {
  const beyond = new Map([...known].filter(([seq]) => seq > end));
  if (following) return bounded(beyond);
  // Without the end of the chat, only the messages stay that were there before: the own ones.
  return new Map([...beyond].filter(([seq]) => timeline.ahead.has(seq)));
}

function onlyOwn({ me }: Timeline, ahead: ReadonlyMap<number, Message>): ReadonlyMap<number, Message> {
  return new Map([...ahead].filter(([, { senderId }]) => senderId === me));
}

function bounded(ahead: Map<number, Message>): ReadonlyMap<number, Message> {
  if (ahead.size <= MAX_AHEAD) return ahead;
  const oldest = [...ahead].sort(([a], [b]) => a - b).slice(0, MAX_AHEAD);
  return new Map(oldest);
}

/** Changes single messages, and removes the quotes that match. */
function mapped(
  timeline: Timeline,
  change: (message: Message) => Message,
  isLost: (quote: NonNullable<Message['replyTo']>) => boolean,
): Timeline {
  const unquoted = withoutQuotes(timeline.messages, isLost);
  const isSame = [...timeline.messages, ...timeline.ahead.values()].every((message) => change(message) === message);
  if (isSame && unquoted === timeline.messages) return timeline;
  const ahead = new Map([...timeline.ahead].map(([seq, message]) => [seq, change(message)]));
  return { ...timeline, messages: unquoted.map(change), ahead };
}

function shownIn({ hidden }: Timeline, message: Message): Message {
  return hidden.has(message.seq) ? hiddenOf(message) : message;
}

export function messageOf({ messages, ahead }: Timeline, messageId: string): Message | undefined {
  return [...messages, ...ahead.values()].find((message) => message.messageId === messageId);
}
