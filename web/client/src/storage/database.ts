import type { StorageState } from '../api.js';
import { Emitter, Value } from '../observable.js';
import type { Database, StoreName, Transaction } from '../parts.js';
import type { Ports } from '../ports.js';
import type { Backend } from './backend.js';
import { BlockedError, IndexedBackend } from './indexed.js';
import { MemoryBackend } from './memory.js';

/**
 * A database in IndexedDB. The data lives in memory if that is not possible, or after the browser has ended it; `state`
 * says so.
 */
export class LocalDatabase implements Database {
  readonly state = new Value<StorageState>({ kind: 'persistent' });
  readonly emptied = new Emitter<void>();
  #backend: Promise<Backend>;
  #askedToPersist = false;
  #evictable = false;
  #closed = false;

  constructor(
    private readonly ports: Pick<Ports, 'indexedDB' | 'clock' | 'persistStorage'>,
    private readonly name: string,
  ) {
    this.#backend = this.#open();
  }

  async transaction<T>(
    stores: readonly StoreName[],
    mode: 'read' | 'write',
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const backend = await this.#backend;
    try {
      const result = await backend.transaction(stores, mode, work);
      if (mode === 'write') this.#noteSuccess(stores);
      return result;
    } catch (error) {
      if (isFull(error)) this.state.set({ kind: 'full' });
      if (!isEnded(error) || this.#closed) throw error;
      // The browser has ended the database: open it again, or go on in memory.
      if (backend === (await this.#backend)) this.#reopen();
      return (await this.#backend).transaction(stores, mode, work);
    }
  }

  async wipe(): Promise<void> {
    const backend = await this.#backend;
    await backend.wipe().catch(() => undefined);
  }

  /** Ends the use of the database, and keeps its data. */
  async close(): Promise<void> {
    this.#closed = true;
    (await this.#backend).close();
  }

  #reopen(): void {
    if (this.#closed) return;
    this.#backend = this.#open('deleted');
    // At once: the listeners' transactions come before those that wait for the new storage.
    this.emptied.emit();
  }

  async #open(lastReason?: 'deleted'): Promise<Backend> {
    const { indexedDB, clock } = this.ports;
    if (!indexedDB) return this.#inMemory('missing');
    try {
      const lost = () => {
        this.#reopen();
      };
      return await IndexedBackend.open({ indexedDB, name: this.name, clock, lost });
    } catch (error) {
      return this.#inMemory(error instanceof BlockedError ? 'blocked' : (lastReason ?? 'missing'));
    }
  }

  #inMemory(reason: 'missing' | 'blocked' | 'deleted'): Backend {
    this.state.set({ kind: 'memory', reason });
    return new MemoryBackend();
  }

  #noteSuccess(stores: readonly StoreName[]): void {
    if (this.state.value.kind === 'full') this.state.set({ kind: this.#evictable ? 'evictable' : 'persistent' });
    // The outbox is the only data that cannot be fetched again.
    if (this.#askedToPersist || !stores.includes('outbox')) return;
    this.#askedToPersist = true;
    void this.ports.persistStorage().then(
      (granted) => {
        this.#evictable = !granted;
        if (!granted && this.state.value.kind === 'persistent') this.state.set({ kind: 'evictable' });
      },
      () => undefined,
    );
  }
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

function isEnded(error: unknown): boolean {
  return error instanceof DOMException && ['InvalidStateError', 'NotFoundError', 'UnknownError'].includes(error.name);
}
