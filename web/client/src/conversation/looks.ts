import { takesReceipts } from '../chats/blocked.js';
import type { Chat, Message } from '../contracts.js';
import type { ConversationDeps } from './deps.js';
import { readMark } from './reading.js';

interface Surroundings extends Pick<ConversationDeps, 'attention' | 'receipts' | 'settings' | 'store'> {
  readonly chatId: string;
  readonly me: string;
  readonly messages: () => readonly Message[];
}

/** The messages of an open conversation that the user has looked at: they are read. */
export class Looks {
  #upTo = 0;
  #isLoaded = false;

  constructor(private readonly around: Surroundings) {}

  /** The user may see a message. False if the user looks elsewhere. */
  seen(seq: number): boolean {
    const { attention, store, settings, chatId } = this.around;
    const { visible, focused } = attention.value;
    if (!visible || !focused) return false;
    if (store.takesReceipts(chatId)) this.#read(seq);
    this.#upTo = Math.max(this.#upTo, seq);
    settings.attended(chatId);
    return true;
  }

  /** The server has told the chat. Its mark as unread may have been unknown when the user opened it. */
  loaded(): void {
    if (this.#upTo > 0 && !this.#isLoaded) this.around.settings.attended(this.around.chatId);
    this.#isLoaded = true;
  }

  /** The chat has changed. The user may have looked at the messages of a request before accepting it. */
  follow(before: Chat | undefined, chat: Chat): void {
    const receiptsBegin = before && !takesReceipts(before) && takesReceipts(chat);
    if (receiptsBegin && this.#upTo > 0) this.#read(this.#upTo);
  }

  #read(seq: number): void {
    const { me, chatId, messages, receipts } = this.around;
    const mark = readMark(messages(), me, seq);
    if (mark) receipts.readUpTo(chatId, mark.seq, mark.count);
  }
}
