import { Emitter, Value } from '../../src/observable.js';
import type { Database, Key, Rows, Store, StoreName, Transaction } from '../../src/parts.js';
import type { StorageState } from '../../src/api.js';

const KEYS = {
  chats: (row: Rows['chats']) => [row.chatId],
  messages: (row: Rows['messages']) => [row.chatId, row.seq],
  tails: (row: Rows['tails']) => [row.chatId],
};

/** The stores of chats and messages in memory. Rows are copied, as IndexedDB does. */
export class TestDatabase implements Database {
  readonly state = new Value<StorageState>({ kind: 'persistent' });
  readonly emptied = new Emitter<void>();
  fails = false;
  /** Store and key of each row written. */
  readonly writes: string[] = [];
  readonly #rows = new Map<StoreName, Map<string, unknown>>();

  async transaction<T>(
    _: readonly StoreName[],
    __: 'read' | 'write',
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    await Promise.resolve();
    if (this.fails) throw new Error('The storage fails.');
    return work({ store: (name) => this.#store(name) });
  }

  wipe(): Promise<void> {
    this.#rows.clear();
    return Promise.resolve();
  }

  #store<N extends StoreName>(name: N): Store<Rows[N]> {
    const rows = this.#rows.get(name) ?? new Map<string, unknown>();
    this.#rows.set(name, rows);
    const keyOf = KEYS[name as keyof typeof KEYS] as (row: unknown) => (string | number)[];
    const within = ({ from, to }: { from: Key; to: Key }) =>
      [...rows].filter(([key]) => key >= encoded(from) && key <= encoded(to)).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      get: async (key) => rows.get(encoded(key)) as Rows[N] | undefined,
      put: async (row) => {
        const key = keyOf(row);
        this.writes.push([name, ...key].join(' '));
        rows.set(encoded(key), structuredClone(row));
      },
      delete: async (key) => void rows.delete(encoded(key)),
      all: async (range) => (range ? within(range).map(([, row]) => row) : [...rows.values()]) as Rows[N][],
      deleteAll: async (range) => {
        for (const [key] of within(range)) rows.delete(key);
      },
      clear: async () => {
        rows.clear();
      },
    };
  }
}

/** Sorts as IndexedDB does. */
function encoded(key: Key): string {
  const parts = typeof key === 'string' ? [key] : key;
  return parts.map((part) => (typeof part === 'number' ? String(part).padStart(20, '0') : part)).join('\u0000');
}
