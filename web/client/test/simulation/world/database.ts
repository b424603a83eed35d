import type { StorageState } from '../../../src/api.js';
import { Emitter, Value } from '../../../src/observable.js';
import type { OpenedDatabase } from '../../../src/paloma.js';
import type { Key, Rows, Store, StoreName, Transaction } from '../../../src/parts.js';
import type { Random } from '../random.js';
import type { Scheduler } from './scheduler.js';
import type { Tab } from './tab.js';

type Table = ReadonlyMap<string, { readonly key: Key; readonly row: unknown }>;

const KEYS: { readonly [N in StoreName]: (row: Rows[N]) => Key } = {
  session: (row) => row.id,
  chats: (row) => row.chatId,
  messages: (row) => [row.chatId, row.seq],
  tails: (row) => row.chatId,
  outbox: (row) => row.order,
  drafts: (row) => row.key,
  meta: (row) => row.name,
};

/**
 * The IndexedDB of one browser: one transaction at a time, all or nothing, shared by all tabs, safe from their crashes.
 */
export class BrowserStorage {
  /** Whether it was full at any time. */
  wasFull = false;
  #full = false;
  /** By database: its stores. */
  readonly #databases = new Map<string, Map<StoreName, Table>>();
  readonly #queue: (() => Promise<void>)[] = [];
  #running = false;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
  ) {}

  /** Writes fail. */
  get full(): boolean {
    return this.#full;
  }

  set full(full: boolean) {
    this.#full = full;
    this.wasFull ||= full;
  }

  /** The rows of a store, of all databases. */
  rows<N extends StoreName>(name: N): Rows[N][] {
    const tables = [...this.#databases.values()].map((database) => database.get(name));
    return tables.flatMap((table) => [...(table?.values() ?? [])].map(({ row }) => row as Rows[N]));
  }

  openFor(tab: Tab, name = 'user'): OpenedDatabase & { readonly emptied: Emitter<void> } {
    const tables = this.#databases.get(name) ?? new Map<StoreName, Table>();
    this.#databases.set(name, tables);
    const state = new Value<StorageState>({ kind: 'persistent' });
    return {
      state,
      emptied: new Emitter<void>(),
      transaction: (_, mode, work) =>
        new Promise((resolve, reject) => {
          this.#enqueue(async () => {
            if (!tab.alive) return;
            const end = await this.#run(tables, mode, work);
            // A tab may be killed between the commit and its news.
            this.scheduler.after(this.random.between(0, 2), () => {
              if (!tab.alive) return;
              state.set(this.full ? { kind: 'full' } : { kind: 'persistent' });
              if ('error' in end) reject(end.error);
              else resolve(end.value);
            });
          });
        }),
      wipe: () =>
        new Promise((resolve) => {
          this.#enqueue(() => {
            if (tab.alive) tables.clear();
            resolve();
            return Promise.resolve();
          });
        }),
      close: () => Promise.resolve(),
    };
  }

  async #run<T>(
    tables: Map<StoreName, Table>,
    mode: 'read' | 'write',
    work: (tx: Transaction) => Promise<T>,
  ): Promise<{ value: T } | { error: Error }> {
    const drafts = new Map<StoreName, Map<string, { key: Key; row: unknown }>>();
    const table = <N extends StoreName>(name: N): Store<Rows[N]> => {
      const draft = drafts.get(name) ?? new Map(tables.get(name));
      drafts.set(name, draft);
      return storeOf(name, draft);
    };
    try {
      const value = await work({ store: table });
      if (mode === 'read') return { value };
      if (this.full) return { error: new DOMException('The storage is full.', 'QuotaExceededError') };
      for (const [name, draft] of drafts) tables.set(name, draft);
      return { value };
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  #enqueue(run: () => Promise<void>): void {
    this.#queue.push(run);
    if (!this.#running) this.#next();
  }

  #next(): void {
    const run = this.#queue.shift();
    this.#running = run !== undefined;
    if (!run) return;
    this.scheduler.after(this.random.between(0, 1), () => {
      void run().then(() => {
        this.#next();
      });
    });
  }
}

function storeOf<N extends StoreName>(name: N, draft: Map<string, { key: Key; row: unknown }>): Store<Rows[N]> {
  const within = ({ from, to }: { from: Key; to: Key }) =>
    [...draft.values()]
      .filter(({ key }) => compare(key, from) >= 0 && compare(key, to) <= 0)
      .sort((a, b) => compare(a.key, b.key));
  const sorted = () => [...draft.values()].sort((a, b) => compare(a.key, b.key));
  return {
    get: (key) => Promise.resolve(draft.get(JSON.stringify(key))?.row as Rows[N] | undefined),
    put: (row) => {
      const key = KEYS[name](row);
      draft.set(JSON.stringify(key), { key, row: structuredClone(row) });
      return Promise.resolve();
    },
    delete: (key) => {
      draft.delete(JSON.stringify(key));
      return Promise.resolve();
    },
    all: (range) => Promise.resolve((range ? within(range) : sorted()).map(({ row }) => row as Rows[N])),
    deleteAll: (range) => {
      for (const { key } of within(range)) draft.delete(JSON.stringify(key));
      return Promise.resolve();
    },
    clear: () => {
      draft.clear();
      return Promise.resolve();
    },
  };
}

/** As IndexedDB compares keys: numbers before strings, arrays by their elements. */
function compare(a: Key | number, b: Key | number): number {
  if (typeof a === 'object' && typeof b === 'object') {
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const order = compare(a[index] ?? 0, b[index] ?? 0);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'number' ? -1 : typeof b === 'number' ? 1 : typeof a === 'string' ? -1 : 1;
}
