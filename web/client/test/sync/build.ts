/** Messages, chats and entries for tests. */
import type { OutboxEntry } from '../../src/api.js';
import type { Chat, LastMessage, Message } from '../../src/contracts.js';

export const ME = 'me';
export const OTHER = 'other';
export const CHAT = 'chat';

/** Message `seq`: of another user, if the test does not say otherwise. */
export function message(seq: number, change: Partial<Message> = {}): Message {
  return {
    chatId: CHAT,
    seq,
    messageId: `message ${String(seq)}`,
    clientMessageId: `client ${String(seq)}`,
    senderId: OTHER,
    content: `text ${String(seq)}`,
    createdAt: seq,
    timestamp: seq,
    status: 'sent',
    ...change,
  };
}

export function own(seq: number, change: Partial<Message> = {}): Message {
  return message(seq, { senderId: ME, ...change });
}

/** Messages `from` to `to`, both inclusive. */
export function run(from: number, to: number, change: Partial<Message> = {}): Message[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => message(from + at, change));
}

export function entry(clientMessageId: string, change: Partial<OutboxEntry> = {}): OutboxEntry {
  const state = { state: 'queued', problem: undefined } as const;
  return { clientMessageId, chatId: CHAT, content: 'pending', createdAt: 1, ...state, ...change };
}

/** The message that an entry becomes. */
export function acceptedAs(seq: number, { clientMessageId, content }: OutboxEntry): Message {
  return own(seq, { clientMessageId, content });
}

export function lastMessage({
  messageId,
  senderId,
  seq,
  timestamp,
  content,
  count,
  kind,
  deletedAt,
}: Message): LastMessage {
  const ordinal = { ...(count === undefined ? {} : { count }), ...(deletedAt === undefined ? {} : { deletedAt }) };
  return { messageId, senderId, seq, timestamp, content, ...ordinal, ...(kind ? { kind } : {}) };
}

/** A direct chat with another user, of `lastSeq` messages. */
export function chat(lastSeq: number, change: Partial<Chat> = {}): Chat {
  const last = lastSeq > 0 ? lastMessage(message(lastSeq)) : null;
  const unreadCount = Math.max(0, (change.lastSeq ?? lastSeq) - (change.readSeq ?? 0));
  const numbers = { lastSeq, readSeq: 0, deliveredSeq: 0, unreadCount };
  const creation = { createdAt: 0, createdBy: ME, participants: [ME, OTHER] };
  const base = { chatId: CHAT, type: 'direct', ...creation, lastMessage: last, lastMessageTime: lastSeq, ...numbers };
  return { ...base, ...change } as Chat;
}
