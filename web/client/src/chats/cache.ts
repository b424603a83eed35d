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

  /** Writes what changed, a moment later. */
  save(chats: ChatMap): void {
    this.#next = chats;
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
  }

  async #write(): Promise<void> {
    const changed = [...this.#next.values()].filter((chat) => this.#written.get(chat.chatId) !== chat);
    if (changed.length === 0) return;
    this.#written = this.#next;
    await this.#database
      .transaction(['chats'], 'write', async (tx) => {
        for (const chat of changed) await tx.store('chats').put(chat);
      })
      // `Database.state` says that the storage fails, and the server has the list.
      .catch(() => undefined);
  }
}
