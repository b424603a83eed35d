/** Unread messages, as the server counts them: a difference of ordinals. System messages take a seq and no ordinal. */
import type { Chat } from '../contracts.js';
import { visibleBetween } from '../conversation/windows.js';

interface Ordinal {
  readonly seq: number;
  readonly count?: number;
}

/** The number of messages up to this one that count as unread. */
export function countOf({ seq, count }: Ordinal): number {
  return count ?? seq;
}

/** The `membershipVersion` of a group just after this message: each change of the group is one system message. */
export function versionOf(message: Ordinal): number {
  return message.seq - countOf(message);
}

/**
 * The ordinal of the newest message of a chat. The acknowledgement of a send has none: then each change of the group so
 * far is a system message before it.
 */
export function ordinalIn({ membershipVersion = 0 }: Pick<Chat, 'membershipVersion'>, message: Ordinal): number {
  return message.count ?? message.seq - membershipVersion;
}

/** The ordinal of the chat's last message. It is too high while the chat lacks that message, as in a new list. */
export function lastCountOf(chat: Chat): number {
  const { lastMessage, lastSeq, membershipVersion = 0 } = chat;
  // After the user has cleared the chat, only the number of system messages is known.
  if (!lastMessage) return Math.max(0, lastSeq - membershipVersion);
  return ordinalIn(chat, lastMessage) + Math.max(0, lastSeq - lastMessage.seq);
}

/** The own messages do not count, since a send moves the user's mark. A mark may be ahead of the known messages. */
export function unreadOf({ role, unreadCount, lastSeq, readSeq }: Chat): number {
  return role === 'former' ? 0 : Math.max(0, Math.min(unreadCount, lastSeq - readSeq));
}

/**
 * The messages after one ordinal up to another. In a direct chat, the ordinal is the seq, and blocks have hidden some.
 * Below zero if the first ordinal is the higher one.
 */
export function countBetween({ type, windows }: Chat, after: number, upTo: number): number {
  if (type === 'group') return upTo - after;
  return after <= upTo ? visibleBetween(windows, after, upTo) : -visibleBetween(windows, upTo, after);
}

/** The ordinal of the user's mark. */
export function readCountOf(chat: Chat): number {
  return lastCountOf(chat) - chat.unreadCount;
}
