import type { Key, Rows, Store, StoreName, Transaction } from '../parts.js';
import type { Backend } from './backend.js';
import { compareKeys, keyOf } from './keys.js';

type Table = ReadonlyMap<string, unknown>;

/** Data that ends with the tab. One transaction at a time; a failed one changes nothing. */
export class MemoryBackend implements Backend {
  readonly #tables = new Map<StoreName, Table>();
  #last: Promise<unknown> = Promise.resolve();

  transaction<T>(
    _stores: readonly StoreName[],
    mode: 'read' | 'write',
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const result = this.#last.then(() => this.#run(mode, work));
    this.#last = result.catch(() => undefined);
    return result;
  }

  wipe(): Promise<void> {
    this.#tables.clear();
    return Promise.resolve();
  }

  close(): void {
    this.#tables.clear();
  }

  async #run<T>(mode: 'read' | 'write', work: (tx: Transaction) => Promise<T>): Promise<T> {
    const changed = new Map<StoreName, Map<string, unknown>>();
    const result = await work({
      store: (name) => {
        const table = changed.get(name) ?? new Map(this.#tables.get(name));
        changed.set(name, table);
        return storeOf(name, table);
      },
    });
    if (mode === 'write') for (const [name, table] of changed) this.#tables.set(name, table);
    return result;
  }
}

function storeOf<N extends StoreName>(name: N, table: Map<string, unknown>): Store<Rows[N]> {
  const rows = () => ([...table.values()] as Rows[N][]).sort((a, b) => compareKeys(keyOf(name, a), keyOf(name, b)));
  const within = ({ from, to }: { from: Key; to: Key }) =>
    rows().filter((row) => compareKeys(keyOf(name, row), from) >= 0 && compareKeys(keyOf(name, row), to) <= 0);
  return {
    get: (key) => Promise.resolve(table.get(JSON.stringify(key)) as Rows[N] | undefined),
    put: (row) => {
      table.set(JSON.stringify(keyOf(name, row)), structuredClone(row));
      return Promise.resolve();
    },
    delete: (key) => {
      table.delete(JSON.stringify(key));
      return Promise.resolve();
    },
    all: (range) => Promise.resolve(range ? within(range) : rows()),
    deleteAll: (range) => {
      for (const row of within(range)) table.delete(JSON.stringify(keyOf(name, row)));
      return Promise.resolve();
    },
    clear: () => {
      table.clear();
      return Promise.resolve();
    },
  };
}
