/** The chats of the user, as far as they are known. Pure functions: marks and messages only move forward. */
import type { Chat, LastMessage, Message, NewChat } from '../contracts.js';

export type ChatMap = ReadonlyMap<string, Chat>;

/** Unread messages, as the server counts them: the own ones do not count, since a send moves the user's mark. */
export function unreadOf({ lastSeq, readSeq }: Chat): number {
  return Math.max(0, lastSeq - readSeq);
}

/** Merges chats of a list. The answer may be older than what this tab knows. */
export function withChats(chats: ChatMap, arrived: readonly Chat[]): ChatMap {
  if (arrived.length === 0) return chats;
  const next = new Map(chats);
  for (const chat of arrived) next.set(chat.chatId, merged(next.get(chat.chatId), chat));
  return next;
}

/** A chat that was just created. */
export function withNewChat(chats: ChatMap, chat: NewChat): ChatMap {
  if (chats.has(chat.chatId)) return chats;
  const empty = { lastMessage: null, lastMessageTime: chat.createdAt, lastSeq: 0, readSeq: 0, deliveredSeq: 0 };
  return new Map(chats).set(chat.chatId, { ...chat, ...empty, unreadCount: 0 });
}

export function withMessage(chats: ChatMap, me: string, message: Message): ChatMap {
  return changed(chats, message.chatId, (chat) => {
    const lastSeq = Math.max(chat.lastSeq, message.seq);
    const isLast = message.seq > (chat.lastMessage?.seq ?? 0);
    const last = isLast ? { lastMessage: lastOf(message), lastMessageTime: message.timestamp } : {};
    const next = { ...chat, ...last, lastSeq };
    return message.senderId === me ? marked(next, message.seq, message.seq) : next;
  });
}

/** The user received or read messages, on any device. */
export function withMarks(chats: ChatMap, chatId: string, mark: { delivered?: number; read?: number }): ChatMap {
  return changed(chats, chatId, (chat) => marked(chat, mark.delivered ?? 0, mark.read ?? 0));
}

export function withMute(chats: ChatMap, chatId: string, until: number | null): ChatMap {
  return changed(chats, chatId, ({ mutedUntil, ...chat }) => (until === null ? chat : { ...chat, mutedUntil: until }));
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

function marked(chat: Chat, delivered: number, read: number): Chat {
  const readSeq = Math.max(chat.readSeq, read);
  const deliveredSeq = Math.max(chat.deliveredSeq, delivered, readSeq);
  if (readSeq === chat.readSeq && deliveredSeq === chat.deliveredSeq) return chat;
  return { ...chat, readSeq, deliveredSeq };
}

function merged(known: Chat | undefined, { presence, ...arrived }: Chat): Chat {
  if (!known) return arrived;
  const isOlder = (known.lastMessage?.seq ?? 0) > (arrived.lastMessage?.seq ?? 0);
  const { lastMessage, lastMessageTime } = isOlder ? known : arrived;
  const erased = [...new Set([...(known.erased ?? []), ...(arrived.erased ?? [])])];
  // Lists omit the members of groups.
  const members = arrived.members ?? known.members;
  const next = {
    ...arrived,
    lastMessage,
    lastMessageTime,
    lastSeq: Math.max(known.lastSeq, arrived.lastSeq),
    ...(erased.length > 0 ? { erased } : {}),
    ...(members ? { members } : {}),
  };
  return marked(erased.length > 0 ? withoutErased(next) : next, known.deliveredSeq, known.readSeq);
}

function lastOf({ messageId, senderId, seq, timestamp, content, erasedAt }: Message): LastMessage {
  return { messageId, senderId, seq, timestamp, content, ...(erasedAt === undefined ? {} : { erasedAt }) };
}
