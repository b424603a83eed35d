import { type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import type { Key, Rows, Store, StoreName, Transaction } from '../parts.js';
import type { Clock } from '../ports.js';
import type { Backend } from './backend.js';
import { KEY_PATHS, STORES } from './keys.js';

/** Raise it with each change of the stores. An older database is deleted and made anew: all but the outbox is a cache. */
const VERSION = 1;
/** Time after which a tab with an older version counts as stuck. */
const BLOCKED_AFTER = 3_000;

export class BlockedError extends Error {}

/** Data in IndexedDB, which all tabs share. */
export class IndexedBackend implements Backend {
  private constructor(private readonly database: IDBPDatabase) {}

  /** Fails with {@link BlockedError} if an old tab keeps an older version open. `lost` runs when the browser ends the database. */
  static async open(name: string, clock: Clock, lost: () => void): Promise<IndexedBackend> {
    let cancel: (() => void) | undefined;
    const blocked = new Promise<never>((_, reject) => {
      cancel = clock.after(BLOCKED_AFTER, () => {
        reject(new BlockedError('An old tab keeps the database open.'));
      });
    });
    const opening = openDB(name, VERSION, {
      upgrade: (database) => {
        for (const store of STORES) {
          if (!database.objectStoreNames.contains(store)) {
            database.createObjectStore(store, { keyPath: KEY_PATHS[store] });
          }
        }
      },
      // Another tab upgrades or deletes the database: it waits until this one is closed.
      blocking: (_current, _blocked, event) => {
        (event.target as IDBDatabase).close();
        lost();
      },
      terminated: lost,
    });
    try {
      return new IndexedBackend(await Promise.race([opening, blocked]));
    } catch (error) {
      void opening.then((database) => {
        database.close();
      }, ignore);
      throw error;
    } finally {
      cancel?.();
    }
  }

  async transaction<T>(
    stores: readonly StoreName[],
    mode: 'read' | 'write',
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const tx = this.database.transaction(stores, mode === 'read' ? 'readonly' : 'readwrite');
    const done = tx.done.then(() => undefined);
    try {
      const result = await work({ store: (name) => storeOf(tx, name) });
      await done;
      return result;
    } catch (error) {
      done.catch(ignore);
      abort(tx);
      throw error;
    }
  }

  async wipe(): Promise<void> {
    await this.transaction(STORES, 'write', async (tx) => {
      for (const name of STORES) await tx.store(name).clear();
    });
  }

  close(): void {
    this.database.close();
  }
}

type Tx = IDBPTransaction<unknown, StoreName[], 'readonly' | 'readwrite'>;

function storeOf<N extends StoreName>(tx: Tx, name: N): Store<Rows[N]> {
  const store = (tx as unknown as IDBPTransaction<unknown, StoreName[], 'readwrite'>).objectStore(name);
  const range = ({ from, to }: { from: Key; to: Key }) => IDBKeyRange.bound(from, to);
  return {
    get: async (key) => (await store.get(key as IDBValidKey)) as Rows[N] | undefined,
    put: async (row) => {
      await store.put(row);
    },
    delete: (key) => store.delete(key as IDBValidKey),
    all: async (between) => (await store.getAll(between ? range(between) : null)) as Rows[N][],
    deleteAll: (between) => store.delete(range(between)),
    clear: () => store.clear(),
  };
}

function abort(tx: Tx): void {
  try {
    tx.abort();
  } catch {
    // It has ended already.
  }
}

function ignore(): void {
  // The caller gets the error by another way.
}
