import type { Message } from '../contracts.js';
import type { Database, Transaction } from '../parts.js';
import type { Clock } from '../ports.js';
import { lastRun, mergedTail } from './tail.js';
import { NO_TICKS, joined, type Ticks } from './ticks.js';

/** Changes of this time are written together. */
const DELAY = 500;

interface Tail {
  readonly messages: readonly Message[];
  readonly ticks: Ticks;
}

/** The next write for one chat. */
interface Change {
  runs: (readonly Message[])[];
  ticks: Ticks;
  erased: Set<string>;
}

/** The ends of all chats in the database. Several tabs may write the same: each write merges with what is stored. */
export class Tails {
  readonly #database: Database;
  readonly #clock: Clock;
  #changes = new Map<string, Change>();
  #cancel: (() => void) | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** `undefined` if nothing is stored, or nothing can be read. */
  async load(chatId: string): Promise<Tail | undefined> {
    return this.#database
      .transaction(['tails', 'messages'], 'read', (tx) => read(tx, chatId))
      .then((tail) => (tail.messages.length > 0 ? tail : undefined))
      .catch(() => undefined);
  }

  /** Messages that follow each other. */
  save(chatId: string, run: readonly Message[], ticks: Ticks = NO_TICKS): void {
    const change = this.#change(chatId);
    change.runs.push(run);
    change.ticks = joined(change.ticks, ticks);
  }

  /** Removes the content of an erased member's messages. */
  erase(chatId: string, userId: string): void {
    this.#change(chatId).erased.add(userId);
  }

  /** Writes at once what would be written later. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#write();
  }

  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#changes.clear();
  }

  #change(chatId: string): Change {
    this.#cancel ??= this.#clock.after(DELAY, () => void this.flush());
    const change = this.#changes.get(chatId) ?? { runs: [], ticks: NO_TICKS, erased: new Set() };
    this.#changes.set(chatId, change);
    return change;
  }

  async #write(): Promise<void> {
    const changes = this.#changes;
    if (changes.size === 0) return;
    this.#changes = new Map();
    await this.#database
      .transaction(['tails', 'messages'], 'write', async (tx) => {
        for (const [chatId, change] of changes) await write(tx, chatId, change);
      })
      // `Database.state` says that the storage fails, and the server has the messages.
      .catch(() => undefined);
  }
}

const allOf = (chatId: string) => ({ from: [chatId, 0], to: [chatId, Number.MAX_SAFE_INTEGER] });

async function read(tx: Transaction, chatId: string): Promise<Tail> {
  const row = await tx.store('tails').get(chatId);
  const stored = await tx.store('messages').all(allOf(chatId));
  const ticks = row ? { delivered: row.delivered, read: row.read } : NO_TICKS;
  return { messages: lastRun(stored), ticks };
}

async function write(tx: Transaction, chatId: string, change: Change): Promise<void> {
  const stored = await read(tx, chatId);
  const merged = change.runs.reduce(mergedTail, stored.messages);
  const messages = merged.map((message) =>
    change.erased.has(message.senderId) && message.content !== null ? { ...message, content: null } : message,
  );
  const [first, last] = [messages[0], messages.at(-1)];
  if (!first || !last) return;
  const store = tx.store('messages');
  if (first.seq > 1) await store.deleteAll({ from: [chatId, 0], to: [chatId, first.seq - 1] });
  const known = new Set(stored.messages);
  for (const message of messages) if (!known.has(message)) await store.put(message);
  await tx.store('tails').put({ chatId, from: first.seq, to: last.seq, ...joined(stored.ticks, change.ticks) });
}
