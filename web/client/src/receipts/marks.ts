/** How far this browser has received and read each chat, and how far the server knows it. Pure functions. */
import type { ClientFrame } from '../contracts.js';

export interface Mark {
  readonly delivered: number;
  readonly read: number;
}

interface ChatMarks {
  /** The marks of the user and this browser. */
  readonly wanted: Mark;
  /** The marks that a list of the server or a frame showed. */
  readonly confirmed: Mark;
  /** The marks sent on the present socket. No answer says whether it arrived. */
  readonly sent: Mark;
}

export type Marks = ReadonlyMap<string, ChatMarks>;

const NO_MARK: Mark = { delivered: 0, read: 0 };
const NO_MARKS: ChatMarks = { wanted: NO_MARK, confirmed: NO_MARK, sent: NO_MARK };

/**
 * A mark of this browser, if it is news for the server. A message that is read is also delivered. Marks never move
 * back.
 */
export function withWanted(marks: Marks, chatId: string, mark: Partial<Mark>): Marks {
  const { confirmed } = marks.get(chatId) ?? NO_MARKS;
  const isKnown = (mark.delivered ?? 0) <= confirmed.delivered && (mark.read ?? 0) <= confirmed.read;
  return isKnown ? marks : raisedIn(marks, chatId, 'wanted', mark);
}

export function withConfirmed(marks: Marks, chatId: string, mark: Mark): Marks {
  return raisedIn(marks, chatId, 'confirmed', mark);
}

/** The socket was replaced: frames on the old one may be lost. */
export function withoutSent(marks: Marks): Marks {
  return new Map([...marks].map(([chatId, chat]) => [chatId, { ...chat, sent: NO_MARK }]));
}

/** The server did not take the marks of the chat. */
export function withUnsent(marks: Marks, chatId: string): Marks {
  return new Map(marks).set(chatId, { ...(marks.get(chatId) ?? NO_MARKS), sent: NO_MARK });
}

/** The server never takes these marks: only higher ones are sent. */
export function withDropped(marks: Marks, chatId: string): Marks {
  const chat = marks.get(chatId) ?? NO_MARKS;
  return new Map(marks).set(chatId, { ...chat, confirmed: highest(chat.confirmed, chat.wanted) });
}

/** The frame that a chat needs, and the marks after it is sent. `read` also covers `delivered` up to its seq. */
export function flushed(marks: Marks, chatId: string): { marks: Marks; frame: ClientFrame | undefined } {
  const { wanted, confirmed, sent } = marks.get(chatId) ?? NO_MARKS;
  const known = highest(confirmed, sent);
  const mark = { read: wanted.read, delivered: wanted.read };
  if (wanted.read > known.read) return next(marks, chatId, 'read', mark);
  const { delivered } = wanted;
  if (delivered > known.delivered) return next(marks, chatId, 'delivered', { read: 0, delivered });
  return { marks, frame: undefined };
}

function next(marks: Marks, chatId: string, status: 'delivered' | 'read', mark: Mark) {
  const frame: ClientFrame = { action: 'updateStatus', status, chatId, seq: mark.delivered };
  return { marks: raisedIn(marks, chatId, 'sent', mark), frame };
}

/** Whether the server may not know the marks of a chat yet. */
export function isOpen(marks: Marks, chatId: string): boolean {
  const { wanted, confirmed } = marks.get(chatId) ?? NO_MARKS;
  return wanted.read > confirmed.read || wanted.delivered > confirmed.delivered;
}

function raisedIn(marks: Marks, chatId: string, part: keyof ChatMarks, mark: Partial<Mark>): Marks {
  const chat = marks.get(chatId) ?? NO_MARKS;
  const read = mark.read ?? 0;
  const next = highest(chat[part], { read, delivered: Math.max(mark.delivered ?? 0, read) });
  if (next === chat[part]) return marks;
  return new Map(marks).set(chatId, { ...chat, [part]: next });
}

/** `a` itself, if `b` is not above it. */
function highest(a: Mark, b: Mark): Mark {
  if (b.delivered <= a.delivered && b.read <= a.read) return a;
  return { delivered: Math.max(a.delivered, b.delivered), read: Math.max(a.read, b.read) };
}
