/** Direct chats with users that the user has blocked. Pure functions. */
import type { Chat } from '../contracts.js';
import { isSameWindows, opened } from '../conversation/windows.js';
import { flagged } from './settings.js';
import type { ChatMap } from './state.js';
import { otherOf } from './summaries.js';

/** The ids of the blocked users; `undefined` until they are known. */
export type Blocked = ReadonlySet<string> | undefined;

/**
 * Whether the server takes the user's receipts for a chat: not from a former member, not during a block,
 * and not before the user has accepted a request.
 */
export function takesReceipts(chat: Chat | undefined): boolean {
  return chat?.role !== 'former' && !chat?.blocked && chat?.requestedBy === undefined;
}

/** A chat of an answer, which may be older than what is known about blocks. */
export function withBlock(chat: Chat, me: string, blocked: Blocked): Chat {
  if (chat.type !== 'direct') return chat;
  const other = otherOf(chat, me);
  const isBlocked = blocked && other !== undefined ? blocked.has(other) : (chat.blocked ?? false);
  const windows = opened(chat.windows);
  const next = flagged(chat, 'blocked', isBlocked);
  if (isSameWindows(windows, chat.windows)) return next;
  const { windows: _, ...rest } = next;
  return (windows ? { ...rest, windows: [...windows] } : rest) as Chat;
}

/** All chats, when these users and no others are blocked. */
export function withBlocks(chats: ChatMap, me: string, blocked: Blocked): ChatMap {
  const changed = [...chats].filter(([, chat]) => withBlock(chat, me, blocked) !== chat);
  if (changed.length === 0) return chats;
  return new Map([...chats, ...changed.map(([id, chat]) => [id, withBlock(chat, me, blocked)] as const)]);
}

/** The chats with users who are no longer blocked: messages of the time of the block stay hidden there. */
export function unblockedAmong(chats: ChatMap, me: string, blocked: Blocked): readonly string[] {
  return [...chats.values()]
    .filter((chat) => chat.blocked && !withBlock(chat, me, blocked).blocked)
    .map(({ chatId }) => chatId);
}

/** Whether a block has ended of a user without a known direct chat. */
export function isChatMissing(chats: ChatMap, before: Blocked, after: Blocked): boolean {
  const ended = [...(before ?? [])].filter((userId) => !after?.has(userId));
  const direct = [...chats.values()].filter(({ type }) => type === 'direct');
  return ended.some((userId) => !direct.some(({ participants }) => participants.includes(userId)));
}
