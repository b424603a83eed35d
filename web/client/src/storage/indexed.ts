import { type IDBPDatabase, type IDBPTransaction, wrap } from 'idb';
import type { Key, Rows, Store, StoreName, Transaction } from '../parts.js';
import type { Clock } from '../ports.js';
import type { Backend } from './backend.js';
import { KEY_PATHS, STORES } from './keys.js';

/** Raise it with each new store. An upgrade keeps all rows. */
const VERSION = 1;
/** Time after which a tab with an older version counts as stuck. */
const BLOCKED_AFTER = 3_000;

/** A tab with another version of the app uses the database. */
export class BlockedError extends Error {}

interface Opening {
  readonly indexedDB: IDBFactory;
  readonly name: string;
  readonly clock: Clock;
  /** Runs when the browser ends the database. */
  readonly lost: () => void;
}

/** Data in IndexedDB, which all tabs share. */
export class IndexedBackend implements Backend {
  private constructor(private readonly database: IDBPDatabase) {}

  /** Fails with {@link BlockedError} if a tab keeps another version open. */
  static async open({ indexedDB, name, clock, lost }: Opening): Promise<IndexedBackend> {
    let cancel: (() => void) | undefined;
    const blocked = new Promise<never>((_, reject) => {
      cancel = clock.after(BLOCKED_AFTER, () => {
        reject(new BlockedError('An old tab keeps the database open.'));
      });
    });
    const opening = openDatabase(indexedDB, name, lost);
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

async function openDatabase(indexedDB: IDBFactory, name: string, lost: () => void): Promise<IDBPDatabase> {
  const request = indexedDB.open(name, VERSION);
  request.onupgradeneeded = () => {
    const { result } = request;
    for (const store of STORES.filter((name) => !result.objectStoreNames.contains(name))) {
      result.createObjectStore(store, { keyPath: KEY_PATHS[store] });
    }
  };
  const opened = wrap(request) as Promise<IDBPDatabase>;
  const database = await opened.catch((error: unknown) => {
    throw isNewer(error) ? new BlockedError('A newer version of the app keeps the database.') : error;
  });
  // Another tab upgrades or deletes the database: it waits until this one is closed.
  database.addEventListener('versionchange', () => {
    database.close();
    lost();
  });
  database.addEventListener('close', lost);
  return database;
}

function isNewer(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'VersionError';
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
