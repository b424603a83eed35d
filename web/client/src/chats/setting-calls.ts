import type { Rest } from '../parts.js';
import type { Receipts } from '../receipts/receipts.js';
import { present } from '../rest/present.js';
import { Task, asPalomaError, type TaskPorts } from '../task.js';
import type { ChatStore } from './store.js';
import { lastCountOf, unreadOf } from './unread.js';

interface SettingCallsDeps {
  readonly rest: Rest;
  readonly store: ChatStore;
  readonly receipts: Receipts;
  readonly ports: TaskPorts;
}

/** Calls that change the user's settings for a chat. Their answers show at once, without waiting for the frames. */
export class SettingCalls {
  readonly #deps: SettingCallsDeps;
  /** Chats that the user looks at, until a call has ended their marks. */
  readonly #ending = new Set<string>();
  #task: Task;

  constructor(deps: SettingCallsDeps) {
    this.#deps = deps;
    this.#task = this.#newTask();
  }

  /** For another user, or after a logout. */
  reset(): void {
    this.#task.stop();
    this.#task = this.#newTask();
    this.#ending.clear();
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
    this.#ending.delete(chatId);
    const answer = await rest.PUT('/chats/{chatId}/unread', { params: { path: { chatId } }, body: { markedUnread } });
    store.learnSetting({ unread: present(answer.data) });
  }

  async accept(chatId: string): Promise<void> {
    const { rest, store } = this.#deps;
    const answer = await rest.POST('/chats/{chatId}/accept', { params: { path: { chatId } } });
    store.learnSetting({ request: present(answer.data) });
  }

  async decline(chatId: string, block: boolean): Promise<void> {
    const { rest, store } = this.#deps;
    const answer = await rest.POST('/chats/{chatId}/decline', { params: { path: { chatId } }, body: { block } });
    store.learnSetting({ request: present(answer.data) });
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
    if (this.#isMarked(chatId)) await this.markUnread(chatId, false);
  }

  /** The user looks at the chat. If a receipt has not ended the mark, because all messages were read, a call does. */
  attended(chatId: string): void {
    if (!this.#isMarked(chatId) || this.#ending.has(chatId)) return;
    this.#ending.add(chatId);
    void this.#task.run();
  }

  #isMarked(chatId: string): boolean {
    return this.#deps.store.chats.value.get(chatId)?.markedUnread ?? false;
  }

  /** The user does not look again at a chat that is open, so a call that fails is made again. */
  #newTask(): Task {
    return new Task(
      (signal) => this.#endMarks(signal),
      () => undefined,
      this.#deps.ports,
    );
  }

  async #endMarks(signal: AbortSignal): Promise<void> {
    for (const chatId of this.#ending) {
      if (signal.aborted) return;
      if (this.#isMarked(chatId)) await this.#endMark(chatId);
      else this.#ending.delete(chatId);
    }
  }

  async #endMark(chatId: string): Promise<void> {
    try {
      await this.markUnread(chatId, false);
    } catch (error) {
      if (!asPalomaError(error).transient) return;
      this.#ending.add(chatId);
      throw error;
    }
  }
}
