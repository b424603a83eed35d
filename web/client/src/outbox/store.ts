import type { Message } from '../contracts.js';
import { NO_TICKS } from '../conversation/ticks.js';
import type { Database, OutboxRow, Transaction } from '../parts.js';
import { orderAfter } from './order.js';

/**
 * The stored outbox. Each method is one transaction. A full or lost storage never throws: then the row lives in memory.
 */
export class OutboxStore {
  /**
   * By id: the order under which the database of all tabs has a row. If it has none any more, another tab removed it.
   */
  readonly #stored = new Map<string, string>();

  /** `failed` runs after each write that the storage did not take. */
  constructor(
    private readonly database: Database,
    private readonly failed: () => void,
  ) {}

  /** `undefined` if the storage failed. */
  async load(): Promise<OutboxRow[] | undefined> {
    const rows = await this.#try(['outbox'], 'read', (tx) => tx.store('outbox').all());
    if (rows) this.noteStored(rows);
    return rows;
  }

  /** Rows that another tab has stored. */
  noteStored(rows: readonly OutboxRow[]): void {
    if (this.database.state.value.kind === 'memory') return;
    for (const { clientMessageId, order } of rows) this.#stored.set(clientMessageId, order);
  }

  /** The browser has deleted all rows. */
  noteEmptied(): void {
    this.#stored.clear();
  }

  isStored({ clientMessageId }: OutboxRow): boolean {
    return this.#stored.has(clientMessageId);
  }

  /** Adds the row behind all others. `known`: rows of this tab, some of which may not be stored. */
  async append(row: Omit<OutboxRow, 'order'>, known: readonly OutboxRow[]): Promise<OutboxRow> {
    const place = (rows: readonly OutboxRow[]): OutboxRow => {
      const orders = [...known, ...rows].map((other) => other.order);
      return { ...row, order: orderAfter(orders, row.clientMessageId) };
    };
    const stored = await this.#try(['outbox'], 'write', async (tx) => {
      const placed = place(await tx.store('outbox').all());
      await tx.store('outbox').put(placed);
      return placed;
    });
    if (stored) this.noteStored([stored]);
    return stored ?? place([]);
  }

  /**
   * Replaces `row` by the result of `change`, which may have another order or id. `undefined` if another tab has
   * removed or moved the row, or if `change` returns it.
   */
  async replace(
    row: OutboxRow,
    change: (current: OutboxRow, all: readonly OutboxRow[]) => OutboxRow | undefined,
  ): Promise<OutboxRow | undefined> {
    const order = this.#stored.get(row.clientMessageId);
    const result = await this.#try(['outbox'], 'write', async (tx) => {
      const store = tx.store('outbox');
      const current = order === undefined ? undefined : await store.get(order);
      if (!current && order !== undefined) return { next: undefined };
      const next = change(newer(row, current), await store.all());
      if (!next) return { next };
      if (order !== undefined && order !== next.order) await store.delete(order);
      await store.put(next);
      return { next };
    });
    if (!result) return change(row, []);
    if (result.next) this.noteStored([result.next]);
    return result.next;
  }

  /**
   * Removes the row if `allow` agrees. False if another tab has removed or moved it. `undefined` if the storage failed:
   * then a crash would bring the row back.
   */
  async remove(row: OutboxRow, allow: (current: OutboxRow) => boolean): Promise<boolean | undefined> {
    const order = this.#stored.get(row.clientMessageId);
    if (order === undefined) return allow(row);
    return this.#try(['outbox'], 'write', async (tx) => {
      const current = await tx.store('outbox').get(order);
      if (!current || !allow(newer(row, current))) return false;
      await tx.store('outbox').delete(order);
      return true;
    });
  }

  /** Replaces the row by the accepted message in one step, so that a crash leaves exactly one of them. */
  async settle(row: OutboxRow, message: Message): Promise<void> {
    const order = this.#stored.get(row.clientMessageId);
    await this.#try(['outbox', 'messages', 'tails'], 'write', async (tx) => {
      if (order !== undefined) await tx.store('outbox').delete(order);
      await appendToTail(tx, message);
    });
  }

  async #try<T>(
    stores: Parameters<Database['transaction']>[0],
    mode: 'read' | 'write',
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.database.transaction(stores, mode, work);
    } catch {
      // `Database.state` tells the user. The row in memory is sent all the same.
      if (mode === 'write') this.failed();
      return undefined;
    }
  }
}

/** This tab's row may be newer than the stored one: a full storage did not take the last change. */
function newer(row: OutboxRow, stored: OutboxRow | undefined): OutboxRow {
  return stored && stored.revision > row.revision ? stored : row;
}

/**
 * Caches the message if it follows the stored end of its chat, or begins the chat. Otherwise the next catch-up brings
 * it.
 */
async function appendToTail(tx: Transaction, message: Message): Promise<void> {
  const { chatId, seq } = message;
  const tail = (await tx.store('tails').get(chatId)) ?? { chatId, from: 1, to: 0, ...NO_TICKS, changeSeq: 0 };
  if (tail.to !== seq - 1) return;
  await tx.store('messages').put(message);
  await tx.store('tails').put({ ...tail, to: seq });
}
