/** The ticks of the user's own messages in a chat: two watermarks, which only rise, and the messages without them. */
import type { Message, Status } from '../contracts.js';
import { added, contains, removed, type Ranges } from './ranges.js';

export interface Ticks {
  /** All members have received the own messages up to this seq. */
  readonly delivered: number;
  /** All members have read the own messages up to this seq. */
  readonly read: number;
  /**
   * Messages below the watermarks that no recipient gets: the other member of the direct chat had blocked the user.
   * Absent without any.
   */
  readonly unseen?: Ranges;
}

/** The content of a `status` frame. `from` is absent for message 1. */
interface StatusChange {
  readonly status: Status;
  readonly seq: number;
  readonly from?: number;
}

export const NO_TICKS: Ticks = { delivered: 0, read: 0 };

const NONE: Ranges = [];

/** The ticks after all own messages up to `seq` got a status. A message that was read was also delivered. */
export function raised(ticks: Ticks, status: Status, seq: number): Ticks {
  const read = status === 'read' ? Math.max(ticks.read, seq) : ticks.read;
  const delivered = status === 'sent' ? ticks.delivered : Math.max(ticks.delivered, seq);
  return read === ticks.read && delivered === ticks.delivered ? ticks : { ...ticks, delivered, read };
}

/** The ticks after a frame: messages before `from` that were not delivered yet never are. */
export function raisedByFrame(ticks: Ticks, { status, seq, from = 1 }: StatusChange): Ticks {
  if (status === 'sent') return ticks;
  const unseen = removed(ticks.unseen ?? NONE, { from, to: seq });
  const skipped = { from: ticks.delivered + 1, to: from - 1 };
  return withUnseen(raised(ticks, status, seq), added(unseen, skipped));
}

/** The higher of both ticks. */
export function joined(a: Ticks, b: Ticks): Ticks {
  const unseen = (b.unseen ?? NONE).reduce(added, a.unseen ?? NONE);
  return withUnseen(raised(raised(a, 'delivered', b.delivered), 'read', b.read), unseen);
}

/** The ticks after a page: the status of the own messages counts, since that of others is about other recipients. */
export function raisedByMessages(ticks: Ticks, me: string, messages: readonly Message[]): Ticks {
  const own = messages.filter(({ senderId, status }) => senderId === me && status !== 'sent');
  const unseen = own.reduce((ranges, { seq }) => removed(ranges, { from: seq, to: seq }), ticks.unseen ?? NONE);
  const next = own.reduce((all, { status, seq }) => raised(all, status, seq), ticks);
  return withUnseen(next, unseen);
}

/**
 * The ticks after a page of a direct chat. An own message that is only sent, although a later one is delivered, was
 * sent during a block. `asked`: the ticks when the page was asked for, since later frames say nothing about it.
 */
export function raisedByPage(ticks: Ticks, me: string, messages: readonly Message[], asked: Ticks): Ticks {
  const { delivered } = raisedByMessages({ ...NO_TICKS, delivered: asked.delivered }, me, messages);
  const next = raisedByMessages(ticks, me, messages);
  const skipped = messages.filter(
    ({ senderId, status, seq }) => senderId === me && status === 'sent' && seq <= delivered,
  );
  return withUnseen(
    next,
    skipped.reduce((ranges, { seq }) => added(ranges, { from: seq, to: seq }), next.unseen ?? NONE),
  );
}

export function statusOf({ delivered, read, unseen }: Ticks, seq: number): Status {
  if (unseen && contains(unseen, seq)) return 'sent';
  if (seq <= read) return 'read';
  return seq <= delivered ? 'delivered' : 'sent';
}

function withUnseen(ticks: Ticks, unseen: Ranges): Ticks {
  if (unseen === (ticks.unseen ?? NONE)) return ticks;
  const { delivered, read } = ticks;
  return { delivered, read, ...(unseen.length > 0 ? { unseen } : {}) };
}
