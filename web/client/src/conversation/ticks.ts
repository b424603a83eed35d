/** The ticks of the user's own messages in a chat: two watermarks, which only rise. */
import type { Message, Status } from '../contracts.js';

export interface Ticks {
  /** All members have received the own messages up to this seq. */
  readonly delivered: number;
  /** All members have read the own messages up to this seq. */
  readonly read: number;
}

export const NO_TICKS: Ticks = { delivered: 0, read: 0 };

/** The ticks after all own messages up to `seq` got a status. A message that was read was also delivered. */
export function raised(ticks: Ticks, status: Status, seq: number): Ticks {
  const read = status === 'read' ? Math.max(ticks.read, seq) : ticks.read;
  const delivered = status === 'sent' ? ticks.delivered : Math.max(ticks.delivered, seq);
  return read === ticks.read && delivered === ticks.delivered ? ticks : { delivered, read };
}

/** The higher of both ticks. */
export function joined(a: Ticks, b: Ticks): Ticks {
  return raised(raised(a, 'delivered', b.delivered), 'read', b.read);
}

/** The ticks after a page: the status of the own messages counts, since that of others is about other recipients. */
export function raisedByMessages(ticks: Ticks, me: string, messages: readonly Message[]): Ticks {
  return messages.reduce((all, { senderId, status, seq }) => (senderId === me ? raised(all, status, seq) : all), ticks);
}

export function statusOf(ticks: Ticks, seq: number): Status {
  if (seq <= ticks.read) return 'read';
  return seq <= ticks.delivered ? 'delivered' : 'sent';
}
