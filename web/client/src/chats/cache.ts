/** The chats in the database, so that a reload or a start without network shows the list at once. */
import type { Chat } from '../contracts.js';
import { ticksOf } from '../conversation/tails.js';
import type { Ticks } from '../conversation/ticks.js';
import type { Database } from '../parts.js';
import type { Clock } from '../ports.js';
import type { ChatMap } from './state.js';

/** Changes of this time are written together. */
const DELAY = 500;

interface CachedChats {
  readonly chats: readonly Chat[];
  readonly ticks: ReadonlyMap<string, Ticks>;
}

export class ChatCache {
  readonly #database: Database;
  readonly #clock: Clock;
  #written: ChatMap = new Map();
  #next: ChatMap = new Map();
  readonly #removed = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async load(): Promise<CachedChats> {
    const [chats, tails] = await this.#database.transaction(['chats', 'tails'], 'read', (tx) =>
      Promise.all([tx.store('chats').all(), tx.store('tails').all()]),
    );
    this.#written = new Map(chats.map((chat) => [chat.chatId, chat]));
    const ticks = new Map(tails.map((row) => [row.chatId, ticksOf(row)]));
    return { chats, ticks };
  }

  /** Writes what changed since `before`, a moment later. The cache may hold chats that both do not know yet. */
  save(chats: ChatMap, before: ChatMap): void {
    this.#next = chats;
    for (const chatId of before.keys()) if (!chats.has(chatId)) this.#removed.add(chatId);
    this.#cancel ??= this.#clock.after(DELAY, () => void this.flush());
  }

  /** Writes at once what `save` would write later. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#write();
  }

  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#written = this.#next = new Map();
    this.#removed.clear();
  }

  async #write(): Promise<void> {
    const changed = [...this.#next.values()].filter((chat) => this.#written.get(chat.chatId) !== chat);
    const removed = [...this.#removed].filter((chatId) => !this.#next.has(chatId));
    if (changed.length + removed.length === 0) return;
    this.#written = this.#next;
    this.#removed.clear();
    await this.#database
      .transaction(['chats'], 'write', async (tx) => {
        for (const chat of changed) await tx.store('chats').put(chat);
        for (const chatId of removed) await tx.store('chats').delete(chatId);
      })
      // `Database.state` says that the storage fails, and the server has the list.
      .catch(() => undefined);
  }
}
