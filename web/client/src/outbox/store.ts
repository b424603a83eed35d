import type { Message } from '../contracts.js';
import type { Database, OutboxRow, Transaction } from '../parts.js';
import { orderAfter } from './order.js';

/** The stored outbox. Each method is one transaction. A full or lost storage never throws: then the row lives in memory. */
export class OutboxStore {
  /** Rows in a database that all tabs share: if one is missing there, another tab has removed it. */
  readonly #shared = new Set<string>();

  constructor(private readonly database: Database) {}

  /** `undefined` if the storage failed. */
  async load(): Promise<OutboxRow[] | undefined> {
    const rows = await this.#try(['outbox'], 'read', (tx) => tx.store('outbox').all());
    if (rows) this.noteShared(rows);
    return rows;
  }

  /** Rows that another tab has stored. */
  noteShared(rows: readonly OutboxRow[]): void {
    if (this.database.state.value.kind === 'memory') return;
    for (const row of rows) this.#shared.add(row.clientMessageId);
  }

  isShared(row: OutboxRow): boolean {
    return this.#shared.has(row.clientMessageId);
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
    if (stored) this.noteShared([stored]);
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
    const result = await this.#try(['outbox'], 'write', async (tx) => {
      const store = tx.store('outbox');
      const current = await store.get(row.order);
      if (!current && this.isShared(row)) return { next: undefined };
      const next = change(current ?? row, await store.all());
      if (!next) return { next };
      if (next.order !== row.order) await store.delete(row.order);
      await store.put(next);
      return { next };
    });
    if (!result) {
      this.#shared.delete(row.clientMessageId);
      return change(row, []);
    }
    if (result.next) this.noteShared([result.next]);
    return result.next;
  }

  /** Removes the row if `allow` agrees. False if another tab has removed or moved it. */
  async remove(row: OutboxRow, allow: (current: OutboxRow) => boolean): Promise<boolean> {
    const removed = await this.#try(['outbox'], 'write', async (tx) => {
      const current = await tx.store('outbox').get(row.order);
      if (!current && this.isShared(row)) return false;
      if (!allow(current ?? row)) return false;
      await tx.store('outbox').delete(row.order);
      return true;
    });
    return removed ?? allow(row);
  }

  /** Replaces the row by the accepted message in one step, so that a crash leaves exactly one of them. */
  async settle(row: OutboxRow, message: Message): Promise<void> {
    await this.#try(['outbox', 'messages', 'tails'], 'write', async (tx) => {
      await tx.store('outbox').delete(row.order);
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
      return undefined;
    }
  }
}

/** Caches the message if it follows the stored end of its chat. Otherwise the next catch-up brings it. */
async function appendToTail(tx: Transaction, message: Message): Promise<void> {
  const tail = await tx.store('tails').get(message.chatId);
  if (tail?.to !== message.seq - 1) return;
  await tx.store('messages').put(message);
  await tx.store('tails').put({ ...tail, to: message.seq });
}
