/** The mark of a user who has seen rows, and the marks of the others. */
import { countOf } from '../chats/unread.js';
import type { Message, Receipts } from '../contracts.js';
import type { Rest } from '../parts.js';
import { present } from '../rest/present.js';

interface ReadMark {
  readonly seq: number;
  /** The ordinal of the message, and of the deleted messages after it, which do not count as unread. */
  readonly count: number;
}

/** `undefined` if no message of another user is among the rows: only such messages have receipts. */
export function readMark(messages: readonly Message[], me: string, seq: number): ReadMark | undefined {
  // Hidden messages have no row: the user has seen them with the row before.
  const next = messages.find((message) => message.seq > seq && !message.hidden)?.seq ?? Infinity;
  const last = messages.findLast((message) => message.seq < next && message.senderId !== me);
  if (!last) return undefined;
  const deleted = messages.filter((one) => one.seq > last.seq && one.deletedAt !== undefined).length;
  return { seq: last.seq, count: countOf(last) + deleted };
}

/** The members who have received a message, and who have read it. */
export async function receiptsOf(rest: Rest, messageId: string): Promise<Receipts> {
  return present((await rest.GET('/messages/{messageId}/receipts', { params: { path: { messageId } } })).data);
}
