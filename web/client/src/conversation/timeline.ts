/**
 * The messages of a chat in memory: one window without gaps. All functions are pure: they return a new timeline, or the
 * same one if nothing changed. Messages may arrive twice, late, and in any order; only `seq` orders them.
 */
import type { Message, Status } from '../contracts.js';
import { NO_TICKS, joined, raised, raisedByMessages, type Ticks } from './ticks.js';

export interface Timeline {
  readonly me: string;
  /** The seq before the first message of the window. `undefined`: there is no window yet. */
  readonly base: number | undefined;
  /** The window: each seq is one above the seq before. */
  readonly messages: readonly Message[];
  /** By seq: messages above the window, while those between are missing. */
  readonly ahead: ReadonlyMap<number, Message>;
  /** The newest seq of the chat that is known. */
  readonly lastSeq: number;
  /** Whether the window belongs at the end of the chat. If so, newer messages belong into it. */
  readonly following: boolean;
  /** Ids of messages of others that arrived by socket. */
  readonly live: ReadonlySet<string>;
  readonly ticks: Ticks;
}

/** Limit of `ahead`: messages beyond it are fetched again. */
const MAX_AHEAD = 500;

export function emptyTimeline(me: string): Timeline {
  return {
    me,
    base: undefined,
    messages: [],
    ahead: new Map(),
    lastSeq: 0,
    following: true,
    live: new Set(),
    ticks: NO_TICKS,
  };
}

/** The seq of the last message of the window; that before the window if it is empty. */
export function newestOf({ base, messages }: Timeline): number {
  return (base ?? 0) + messages.length;
}

/** Whether the window should reach further than it does. */
export function hasGap(timeline: Timeline): boolean {
  return timeline.following && timeline.base !== undefined && newestOf(timeline) < timeline.lastSeq;
}

export function hasOlder({ base }: Timeline): boolean {
  return base !== undefined && base > 0;
}

export function hasNewer({ base, following }: Timeline): boolean {
  return base !== undefined && !following;
}

/** Replaces the window. It begins after `base` and holds the messages that follow without a gap. */
export function placed(
  timeline: Timeline,
  window: { base: number; messages: readonly Message[]; following: boolean },
): Timeline {
  const { base, messages, following } = window;
  // The page may be older than what arrived meanwhile: an own message must not vanish for a moment.
  const end = messages.at(-1)?.seq ?? base;
  const newer = timeline.messages.filter(({ seq, senderId }) => seq > end && (following || senderId === timeline.me));
  const ahead = new Map([...timeline.ahead, ...newer.map((message) => [message.seq, message] as const)]);
  return absorbed({ ...timeline, base, messages: [], ahead, following }, messages);
}

/** Shows a stored tail of the chat, if it holds the first unread message, at which the window is to open. */
export function restored(
  timeline: Timeline,
  tail: { messages: readonly Message[]; ticks: Ticks },
  readSeq: number,
): Timeline {
  const base = (tail.messages[0]?.seq ?? 0) - 1;
  if (timeline.base !== undefined || base < 0 || base > readSeq) return timeline;
  const ticks = joined(timeline.ticks, tail.ticks);
  return placed({ ...timeline, ticks }, { base, messages: tail.messages, following: true });
}

/** The part of a closed conversation that stays in memory, for a quick return. `undefined`: nothing that helps. */
export function snapshot(timeline: Timeline, keep: number): Timeline | undefined {
  if (timeline.base === undefined || !timeline.following) return undefined;
  return { ...withoutOldest(timeline, keep), ahead: new Map(), live: new Set() };
}

/** Takes a page, in either direction. Messages that do not touch the window wait in `ahead`, or are fetched later. */
export function absorbed(timeline: Timeline, arrived: readonly Message[]): Timeline {
  const known = new Map(timeline.ahead);
  for (const message of arrived) known.set(message.seq, newerOf(known.get(message.seq), message));
  const lastSeq = arrived.reduce((last, { seq }) => Math.max(last, seq), timeline.lastSeq);
  const ticks = raisedByMessages(timeline.ticks, timeline.me, arrived);
  if (timeline.base === undefined) return { ...timeline, ahead: bounded(known), lastSeq, ticks };
  const { base, messages } = grown(timeline.base, timeline.messages, known);
  const end = base + messages.length;
  const following = timeline.following || end >= lastSeq;
  const ahead = aheadOf(timeline, known, end, following);
  return { ...timeline, base, messages, ahead, lastSeq, following, ticks };
}

/** Takes a message from the socket. */
export function received(timeline: Timeline, message: Message): Timeline {
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

export function withStatus(timeline: Timeline, status: Status, seq: number): Timeline {
  const ticks = raised(timeline.ticks, status, seq);
  return ticks === timeline.ticks ? timeline : { ...timeline, ticks };
}

/** Learns that the chat has messages up to `seq`. */
export function withLastSeq(timeline: Timeline, seq: number): Timeline {
  return seq <= timeline.lastSeq ? timeline : { ...timeline, lastSeq: seq };
}

/** Removes the content of an erased member's messages. */
export function withErased(timeline: Timeline, userId: string): Timeline {
  const erase = (message: Message): Message =>
    message.senderId === userId && message.content !== null ? { ...message, content: null } : message;
  if (![...timeline.messages, ...timeline.ahead.values()].some((message) => erase(message) !== message))
    return timeline;
  const ahead = new Map([...timeline.ahead].map(([seq, message]) => [seq, erase(message)]));
  return { ...timeline, messages: timeline.messages.map(erase), ahead };
}

/** Leaves the end of the chat: newer messages do not belong into the window any more. */
export function detached(timeline: Timeline): Timeline {
  return { ...timeline, following: false, ahead: onlyOwn(timeline, timeline.ahead) };
}

/** Keeps the newest messages. */
export function withoutOldest(timeline: Timeline, keep: number): Timeline {
  const surplus = timeline.messages.length - keep;
  if (surplus <= 0 || timeline.base === undefined) return timeline;
  return { ...timeline, base: timeline.base + surplus, messages: timeline.messages.slice(surplus) };
}

/** Keeps the oldest messages. */
export function withoutNewest(timeline: Timeline, keep: number): Timeline {
  if (timeline.messages.length <= keep) return timeline;
  return detached({ ...timeline, messages: timeline.messages.slice(0, keep) });
}

/** The window with all known messages that touch it. */
function grown(base: number, window: readonly Message[], known: ReadonlyMap<number, Message>) {
  const older: Message[] = [];
  for (let message = known.get(base); message; message = known.get(base - older.length)) older.push(message);
  const newer: Message[] = [];
  const next = base + window.length + 1;
  for (let message = known.get(next); message; message = known.get(next + newer.length)) newer.push(message);
  const inside = window.map((message) => newerOf(message, known.get(message.seq) ?? message));
  return { base: base - older.length, messages: [...older.reverse(), ...inside, ...newer] };
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

/** Of two copies of a message, the one to keep. An erasure is final; other changes (the status) are kept elsewhere. */
export function newerOf(known: Message | undefined, arrived: Message): Message {
  if (!known) return arrived;
  return known.content !== null && arrived.content === null ? arrived : known;
}
