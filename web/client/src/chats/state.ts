/** The chats of the user, as far as they are known. Pure functions: marks and messages only move forward. */
import type { Chat, HiddenMessages, LastMessage, Message, NewChat } from '../contracts.js';
import { roleOf, withLaterGroup, withNotice } from './groups.js';
import { accepted, broughtBack, flagged, isBackIn, withSetting, withoutMark, type ChatSetting } from './settings.js';
import { countBetween, lastCountOf, ordinalIn, readCountOf } from './unread.js';
import { afterClearing, nextAfter } from '../conversation/windows.js';

export type ChatMap = ReadonlyMap<string, Chat>;

interface MovedMark {
  readonly delivered?: number;
  readonly read?: number;
  /** The ordinal of message `read`. Without it, system messages above the mark count until the next list. */
  readonly count?: number | undefined;
}

/** Merges chats of a list. The answer may be older than what this tab knows. */
export function withChats(chats: ChatMap, arrived: readonly Chat[]): ChatMap {
  if (arrived.length === 0) return chats;
  const next = new Map(chats);
  for (const chat of arrived) next.set(chat.chatId, merged(next.get(chat.chatId), chat));
  return next;
}

/** A chat that was just created. */
export function withNewChat(chats: ChatMap, me: string, chat: NewChat): ChatMap {
  if (chats.has(chat.chatId)) return chats;
  const role = chat.type === 'group' ? { role: roleOf(chat, me) } : {};
  const empty = { lastMessage: null, lastMessageTime: chat.createdAt, lastSeq: 0, readSeq: 0, deliveredSeq: 0 };
  return new Map(chats).set(chat.chatId, { ...chat, ...role, ...empty, unreadCount: 0 });
}

export function withMessage(chats: ChatMap, me: string, message: Message): ChatMap {
  return changed(chats, message.chatId, (chat) => {
    const lastSeq = Math.max(chat.lastSeq, message.seq);
    const isLast = message.seq > (chat.lastMessage?.seq ?? 0);
    const last = isLast ? { lastMessage: lastOf(message), lastMessageTime: message.timestamp } : {};
    const isNew = message.seq > chat.lastSeq;
    const count = ordinalIn(chat, message);
    const deleted = message.deletedAt === undefined ? 0 : 1;
    const more = isNew ? Math.max(0, countBetween(chat, lastCountOf(chat), count) - deleted) : 0;
    const known = isNew && message.kind === undefined ? broughtBack(chat, message.timestamp) : chat;
    const next = { ...known, ...last, lastSeq, unreadCount: chat.unreadCount + more };
    const { seq } = message;
    const isOwn = message.senderId === me;
    const read = isOwn ? marked(accepted(next), { delivered: seq, read: seq, count }) : next;
    return withNotice(read, me, message);
  });
}

/**
 * A message was edited or deleted. The preview takes it at once. After a gap in the changes, the chat's `changeSeq`
 * stays: then it must be read again.
 */
export function withChange(chats: ChatMap, me: string, changeSeq: number, message: Message): ChatMap {
  return changed(chats, message.chatId, (chat) => {
    const known = chat.changeSeq ?? 0;
    if (changeSeq <= known || message.seq > (chat.lastMessage?.seq ?? 0)) return chat;
    const last = chat.lastMessage;
    const next = last?.seq === message.seq && !last.hidden ? { ...chat, lastMessage: lastOf(message) } : chat;
    if (changeSeq > known + 1) return next;
    const isDeletion = message.deletedAt !== undefined && message.version === changeSeq;
    const wasUnread = message.senderId !== me && message.seq > chat.readSeq;
    const unreadCount = chat.unreadCount - (isDeletion && wasUnread ? 1 : 0);
    return { ...next, changeSeq, unreadCount };
  });
}

/** Whether changes before this one are missing, or a message of which this is a change. */
export function lacksChanges(chat: Chat, changeSeq: number): boolean {
  return changeSeq > (chat.changeSeq ?? 0);
}

/** The user has hidden a message, or cleared the chat, on any device. */
export function withoutHidden(chats: ChatMap, { chatId, seq, clearedSeq = 0 }: HiddenMessages): ChatMap {
  return changed(chats, chatId, (chat) => {
    const { lastMessage: last } = chat;
    if (clearedSeq === 0) {
      return last && last.seq === seq ? { ...chat, lastMessage: { ...last, content: null, hidden: true } } : chat;
    }
    const windows = [...afterClearing(chat.windows, clearedSeq)];
    const lastMessage = last && last.seq <= clearedSeq ? null : last;
    return { ...chat, windows, lastMessage, unreadCount: clearedSeq >= chat.lastSeq ? 0 : chat.unreadCount };
  });
}

/** The user received or read messages, on any device. */
export function withMarks(chats: ChatMap, chatId: string, mark: MovedMark): ChatMap {
  return changed(chats, chatId, (chat) => marked(chat, mark));
}

/** The user changed a setting for a chat, on any device. */
export function withChatSetting(chats: ChatMap, chatId: string, setting: ChatSetting): ChatMap {
  if ('request' in setting && !setting.request.accepted) return withoutChat(chats, chatId);
  return changed(chats, chatId, (chat) => {
    const mark = 'unread' in setting ? { read: setting.unread.readSeq } : {};
    return withSetting(marked(chat, mark), setting);
  });
}

/** For the user, there is no such chat: another device has declined the request. */
export function withoutLostRequest(chats: ChatMap, chatId: string): ChatMap {
  return chats.get(chatId)?.requestedBy === undefined ? chats : withoutChat(chats, chatId);
}

function withoutChat(chats: ChatMap, chatId: string): ChatMap {
  if (!chats.has(chatId)) return chats;
  return new Map([...chats].filter(([id]) => id !== chatId));
}

export function withErasedMember(chats: ChatMap, chatId: string, userId: string): ChatMap {
  return changed(chats, chatId, (chat) =>
    withoutErased({ ...chat, erased: [...new Set([...(chat.erased ?? []), userId])] }),
  );
}

/** Erased members have no profile, and their messages no content. */
function withoutErased(chat: Chat): Chat {
  const erased = new Set(chat.erased);
  const { lastMessage: last, members } = chat;
  const lastMessage = last && erased.has(last.senderId) ? { ...last, content: null } : last;
  return { ...chat, lastMessage, ...(members ? { members: members.filter(({ userId }) => !erased.has(userId)) } : {}) };
}

function changed(chats: ChatMap, chatId: string, change: (chat: Chat) => Chat): ChatMap {
  const chat = chats.get(chatId);
  if (!chat) return chats;
  const next = change(chat);
  return next === chat ? chats : new Map(chats).set(chatId, next);
}

function marked(chat: Chat, { delivered = 0, read = 0, count }: MovedMark): Chat {
  const readSeq = Math.max(chat.readSeq, read);
  const deliveredSeq = Math.max(chat.deliveredSeq, delivered, readSeq);
  if (readSeq === chat.readSeq && deliveredSeq === chat.deliveredSeq) return chat;
  const next = { ...chat, readSeq, deliveredSeq };
  if (readSeq === chat.readSeq) return next;
  const unmarked = withoutMark(next);
  // Below zero while the mark is ahead of the messages that are known.
  const after = count === undefined ? chat.lastSeq - readSeq : countBetween(chat, count, lastCountOf(chat));
  const unreadCount = Math.min(chat.unreadCount, after);
  return { ...unmarked, unreadCount };
}

function merged(known: Chat | undefined, { presence, ...view }: Chat): Chat {
  if (!known) return view;
  const arrived = withLaterGroup(known, view);
  const [knownLast, arrivedLast] = [known.lastMessage?.seq ?? 0, arrived.lastMessage?.seq ?? 0];
  const changeSeq = Math.max(known.changeSeq ?? 0, arrived.changeSeq ?? 0);
  const isChanged = changeSeq > (arrived.changeSeq ?? 0);
  const isGone = isCleared(arrived, knownLast) || isTooOld(known, arrived);
  const isOlder = knownLast > arrivedLast ? !isGone : knownLast === arrivedLast && isChanged;
  const { lastMessage, lastMessageTime } = isOlder ? known : arrived;
  const erased = [...new Set([...(known.erased ?? []), ...(arrived.erased ?? [])])];
  // Lists omit the members of groups.
  const members = arrived.members ?? known.members;
  const next = {
    ...arrived,
    lastMessage,
    lastMessageTime,
    lastSeq: Math.max(known.lastSeq, arrived.lastSeq),
    ...(changeSeq > 0 ? { changeSeq } : {}),
    ...(erased.length > 0 ? { erased } : {}),
    ...(members ? { members } : {}),
  };
  const unreadCount = unreadOfBoth(known, view, next);
  const { deliveredSeq: delivered, readSeq: read } = known;
  const { markedUnread = false } = read > arrived.readSeq ? known : arrived;
  const archived = (arrived.archived ?? false) && !isBackIn(known, arrived);
  const settled = flagged(
    flagged(marked(next, { delivered, read }), 'markedUnread', markedUnread),
    'archived',
    archived,
  );
  const result = { ...settled, unreadCount };
  return erased.length > 0 ? withoutErased(result) : result;
}

/** Whether the user may not see message `seq` any more: an answer of another device's clearing says so. */
function isCleared({ windows }: Chat, seq: number): boolean {
  return nextAfter(windows, 0) > seq;
}

/**
 * Whether the server does not show the known last message any more: it has summarised the chat up to that time, and
 * gives no message. Until the first summary, a chat has the time of its creation.
 */
function isTooOld(known: Chat, arrived: Chat): boolean {
  const isLater = arrived.lastSeq >= known.lastSeq && arrived.lastMessageTime >= known.lastMessageTime;
  return isLater && !arrived.lastMessage && !known.lastMessage?.hidden;
}

/** The unread messages after the higher mark, up to the later message. */
function unreadOfBoth(known: Chat, arrived: Chat, merged: Chat): number {
  const isAhead = known.readSeq > arrived.readSeq;
  const isLater = known.lastSeq > arrived.lastSeq;
  const isChanged = (known.changeSeq ?? 0) > (arrived.changeSeq ?? 0) && known.readSeq === arrived.readSeq;
  if (!isAhead && !isLater && !(isChanged && known.lastSeq === arrived.lastSeq)) return arrived.unreadCount;
  if ((isAhead || isChanged) && (isLater || known.lastSeq === arrived.lastSeq)) return known.unreadCount;
  return countBetween(merged, readCountOf(isAhead ? known : arrived), lastCountOf(merged));
}

function lastOf(message: Message): LastMessage {
  const { messageId, senderId, seq, timestamp, content, erasedAt, deletedAt, deletedBy, hidden, count, kind } = message;
  return {
    ...{ messageId, senderId, seq, timestamp, content },
    ...(erasedAt === undefined ? {} : { erasedAt }),
    ...(deletedAt === undefined ? {} : { deletedAt }),
    ...(deletedBy === undefined ? {} : { deletedBy }),
    ...(hidden === undefined ? {} : { hidden }),
    ...(count === undefined ? {} : { count }),
    ...(kind === undefined ? {} : { kind }),
  };
}
