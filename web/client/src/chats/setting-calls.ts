import type { Rest } from '../parts.js';
import type { Receipts } from '../receipts/receipts.js';
import { present } from '../rest/present.js';
import type { ChatStore } from './store.js';
import { lastCountOf, unreadOf } from './unread.js';

interface SettingCallsDeps {
  readonly rest: Rest;
  readonly store: ChatStore;
  readonly receipts: Receipts;
}

/** Calls that change the user's settings for a chat. Their answers show at once, without waiting for the frames. */
export class SettingCalls {
  readonly #deps: SettingCallsDeps;
  /** Chats of which a call ends the mark now. */
  readonly #ending = new Set<string>();

  constructor(deps: SettingCallsDeps) {
    this.#deps = deps;
  }

  async mute(chatId: string, until: number | null): Promise<void> {
    const { rest, store } = this.#deps;
    const answer = await rest.PUT('/chats/{chatId}/mute', { params: { path: { chatId } }, body: { until } });
    store.learnSetting({ chat: present(answer.data) });
  }

  async pin(chatId: string, pinned: boolean): Promise<void> {
    const { rest, store } = this.#deps;
    const answer = await rest.PUT('/chats/{chatId}/pin', { params: { path: { chatId } }, body: { pinned } });
    store.learnSetting({ pin: present(answer.data) });
  }

  async archive(chatId: string, archived: boolean): Promise<void> {
    const { rest, store } = this.#deps;
    const answer = await rest.PUT('/chats/{chatId}/archive', { params: { path: { chatId } }, body: { archived } });
    store.learnSetting({ archive: present(answer.data) });
  }

  async markUnread(chatId: string, markedUnread = true): Promise<void> {
    const { rest, store } = this.#deps;
    const answer = await rest.PUT('/chats/{chatId}/unread', { params: { path: { chatId } }, body: { markedUnread } });
    store.learnSetting({ unread: present(answer.data) });
  }

  async clear(chatId: string): Promise<void> {
    const { rest, store } = this.#deps;
    const upTo = store.chats.value.get(chatId)?.lastSeq ?? 0;
    if (upTo === 0) return;
    const answer = await rest.POST('/chats/{chatId}/clear', { params: { path: { chatId } }, body: { upTo } });
    store.hide(present(answer.data));
  }

  async markRead(chatId: string): Promise<void> {
    const { receipts, store } = this.#deps;
    const chat = store.chats.value.get(chatId);
    if (chat === undefined) return;
    if (unreadOf(chat) > 0 && chat.lastMessage) receipts.readUpTo(chatId, chat.lastMessage.seq, lastCountOf(chat));
    await this.#endMark(chatId);
  }

  /** The user looks at the chat. If a receipt has not ended the mark, because all messages were read, a call does. */
  attended(chatId: string): void {
    // Without an answer the mark stays, and the next look at the chat tries again.
    this.#endMark(chatId).catch(() => undefined);
  }

  async #endMark(chatId: string): Promise<void> {
    if (!this.#deps.store.chats.value.get(chatId)?.markedUnread || this.#ending.has(chatId)) return;
    this.#ending.add(chatId);
    try {
      await this.markUnread(chatId, false);
    } finally {
      this.#ending.delete(chatId);
    }
  }
}
