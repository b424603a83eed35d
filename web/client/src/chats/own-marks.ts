/** How far the user has read, as answers of the server, the cache and this browser know it. */
import type { Chat } from '../contracts.js';
import { takesReceipts } from './blocked.js';
import type { ChatStoreDeps } from './deps.js';
import { withMarks, type ChatMap } from './state.js';

type Receipts = ChatStoreDeps['receipts'];

/** Takes the marks of an answer, and acknowledges the messages that it shows. */
export function learnMarks(receipts: Receipts, me: string | undefined, chats: readonly Chat[]): void {
  for (const chat of chats) {
    const { chatId, deliveredSeq, readSeq, lastMessage: last } = chat;
    receipts.confirmed(chatId, { delivered: deliveredSeq, read: readSeq });
    if (last && last.senderId !== me && takesReceipts(chat)) receipts.delivered(chatId, last.seq);
  }
}

export function restoreMarks(receipts: Receipts, chats: readonly Chat[]): void {
  for (const { chatId, deliveredSeq, readSeq } of chats) {
    receipts.restore(chatId, { delivered: deliveredSeq, read: readSeq });
  }
}

/** The server may not know yet how far the user has read in this browser. */
export function withReading(receipts: Receipts, chats: ChatMap, chatId: string): ChatMap {
  const reading = receipts.reading(chatId);
  return reading ? withMarks(chats, chatId, { read: reading.seq, count: reading.count }) : chats;
}
