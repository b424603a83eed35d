import type { Message, OwnReaction } from '../contracts.js';
import type { Readable } from '../observable.js';
import type { Database, TailRow, Transaction } from '../parts.js';
import type { Clock } from '../ports.js';
import * as tails from './tail.js';
import { lastRun, type Tail } from './tail.js';
import { NO_TICKS, joined, type Ticks } from './ticks.js';

/** Changes of this time are written together. */
const DELAY = 500;

/** One step of the next write for a chat. */
type Step = (tail: Tail) => Tail;

/** The ends of all chats in the database. Several tabs may write the same: each write merges with what is stored. */
export class Tails {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #me: Readable<string | undefined>;
  #steps = new Map<string, Step[]>();
  #cancel: (() => void) | undefined;

  constructor(database: Database, clock: Clock, me: Readable<string | undefined>) {
    this.#database = database;
    this.#clock = clock;
    this.#me = me;
  }

  /** `undefined` if nothing is stored, or nothing can be read. */
  async load(chatId: string): Promise<Tail | undefined> {
    return this.#database
      .transaction(['tails', 'messages'], 'read', (tx) => read(tx, chatId))
      .then((tail) => (tail.messages.length > 0 ? tail : undefined))
      .catch(() => undefined);
  }

  /** Messages that follow each other, with all changes up to `changeSeq`. */
  save(chatId: string, run: readonly Message[], ticks: Ticks = NO_TICKS, changeSeq?: number): void {
    this.#add(chatId, (tail) => tails.withRun({ ...tail, ticks: joined(tail.ticks, ticks) }, run, changeSeq));
  }

  /** A message from a frame. */
  hear(message: Message): void {
    this.#add(message.chatId, (tail) => tails.withHeard(tail, message));
  }

  change(chatId: string, changeSeq: number, message: Message): void {
    const me = this.#me.value ?? '';
    this.#add(chatId, (tail) => tails.withChangeOf(tail, changeSeq, message, me));
  }

  /** The user's own reaction, on any device. */
  react(reaction: OwnReaction): void {
    this.#add(reaction.chatId, (tail) => tails.withReactionOf(tail, reaction));
  }

  /** Removes the content of an erased member's messages. */
  erase(chatId: string, userId: string): void {
    this.#add(chatId, (tail) => tails.withErasedMember(tail, userId));
  }

  hide({ chatId, ...hidden }: { chatId: string; seq?: number; clearedSeq?: number }): void {
    this.#add(chatId, (tail) => tails.withoutHidden(tail, hidden));
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
    this.#steps.clear();
  }

  #add(chatId: string, step: Step): void {
    this.#cancel ??= this.#clock.after(DELAY, () => void this.flush());
    this.#steps.set(chatId, [...(this.#steps.get(chatId) ?? []), step]);
  }

  async #write(): Promise<void> {
    const steps = this.#steps;
    if (steps.size === 0) return;
    this.#steps = new Map();
    await this.#database
      .transaction(['tails', 'messages'], 'write', async (tx) => {
        for (const [chatId, all] of steps) await write(tx, chatId, all);
      })
      // `Database.state` says that the storage fails, and the server has the messages.
      .catch(() => undefined);
  }
}

const allOf = (chatId: string) => ({ from: [chatId, 0], to: [chatId, Number.MAX_SAFE_INTEGER] });

async function read(tx: Transaction, chatId: string): Promise<Tail> {
  const row = await tx.store('tails').get(chatId);
  const stored = await tx.store('messages').all(allOf(chatId));
  return { messages: lastRun(stored), ticks: row ? ticksOf(row) : NO_TICKS, changeSeq: row?.changeSeq ?? 0 };
}

/** The ticks in the row of a chat. */
export function ticksOf({ delivered, read, unseen }: TailRow): Ticks {
  return { delivered, read, ...(unseen ? { unseen } : {}) };
}

async function write(tx: Transaction, chatId: string, steps: readonly Step[]): Promise<void> {
  const stored = await read(tx, chatId);
  const { messages, ticks, changeSeq } = steps.reduce((tail, step) => step(tail), stored);
  const [first, last] = [messages[0], messages.at(-1)];
  if (stored.messages.length === 0 && !first) return;
  const store = tx.store('messages');
  const from = first?.seq ?? Number.MAX_SAFE_INTEGER;
  if (from > 1) await store.deleteAll({ from: [chatId, 0], to: [chatId, from - 1] });
  const known = new Set(stored.messages);
  for (const message of messages) if (!known.has(message)) await store.put(message);
  const range = { from: first?.seq ?? 0, to: last?.seq ?? 0 };
  await tx.store('tails').put({ chatId, ...range, ...ticks, changeSeq });
}
