import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../browser.js';
import type { Database } from '../parts.js';
import type { Clock } from '../ports.js';
import { LocalDatabase } from './database.js';

describe('the local database', () => {
  let factory: IDBFactory;
  let persists: boolean;
  let clock: Clock;
  let wake: () => void;

  beforeEach(() => {
    factory = new IDBFactory();
    persists = true;
    clock = {
      ...systemClock,
      after: (_, run) => {
        wake = run;
        return () => undefined;
      },
    };
  });

  const open = (indexedDB: IDBFactory | undefined = factory) => {
    const persistStorage = () => Promise.resolve(persists);
    return new LocalDatabase({ indexedDB, clock, persistStorage }, 'paloma');
  };
  const put = (database: Database, key: string, text: string) =>
    database.transaction(['drafts'], 'write', (tx) => tx.store('drafts').put({ key, text }));
  const get = (database: Database, key: string) =>
    database.transaction(['drafts'], 'read', async (tx) => (await tx.store('drafts').get(key))?.text);

  it('keeps data over a reload', async () => {
    const before = open();
    await put(before, 'c', 'Hello');
    await before.close();
    expect(await get(open(), 'c')).toBe('Hello');
  });

  it('sorts and limits rows by their keys', async () => {
    const database = open();
    const message = (seq: number) => ({ chatId: seq < 3 ? 'a' : 'b', seq }) as never;
    await database.transaction(['messages'], 'write', async (tx) => {
      for (const seq of [4, 11, 1, 2, 3]) await tx.store('messages').put(message(seq));
    });
    const range = { from: ['b', 4], to: ['b', 11] };
    const seqs = await database.transaction(['messages'], 'read', async (tx) =>
      (await tx.store('messages').all(range)).map(({ seq }) => seq),
    );
    expect(seqs).toEqual([4, 11]);
  });

  it('changes nothing when a transaction fails', async () => {
    const database = open();
    await put(database, 'c', 'before');
    const failing = database.transaction(['drafts'], 'write', async (tx) => {
      await tx.store('drafts').put({ key: 'c', text: 'after' });
      throw new Error('The work failed.');
    });
    await expect(failing).rejects.toThrow('The work failed.');
    expect(await get(database, 'c')).toBe('before');
  });

  it('lives in memory where IndexedDB is missing, and says so', async () => {
    const persistStorage = () => Promise.resolve(true);
    const database = new LocalDatabase({ indexedDB: undefined, clock: systemClock, persistStorage }, 'paloma');
    await put(database, 'c', 'Hello');
    expect(await get(database, 'c')).toBe('Hello');
    expect(database.state.value).toEqual({ kind: 'memory', reason: 'missing' });
  });

  it('goes on after the browser has deleted the database', async () => {
    const database = open();
    await put(database, 'c', 'Hello');
    await request(factory.deleteDatabase('paloma'));
    await put(database, 'd', 'again');
    expect(await get(database, 'd')).toBe('again');
  });

  it('lets a newer version of the app open the database', async () => {
    await put(open(), 'c', 'Hello');
    const newer = await request(factory.open('paloma', 99));
    expect(newer.version).toBe(99);
  });

  it('lives in memory while a newer version holds the database', async () => {
    await request(factory.open('paloma', 99));
    const database = open();
    await put(database, 'c', 'Hello');
    expect(await get(database, 'c')).toBe('Hello');
    expect(database.state.value).toEqual({ kind: 'memory', reason: 'blocked' });
  });

  it('says that the browser may delete unsent messages', async () => {
    persists = false;
    const database = open();
    const row = { order: '1', clientMessageId: 'm', chatId: 'c', content: '', createdAt: 1, state: 'queued' } as const;
    await database.transaction(['outbox'], 'write', (tx) =>
      tx.store('outbox').put({ ...row, revision: 0, tried: false, senderId: 'a' } as never),
    );
    await Promise.resolve();
    expect(database.state.value).toEqual({ kind: 'evictable' });
  });

  it('lives in memory while an old tab keeps the database from opening', async () => {
    const old = await request(factory.open('paloma'));
    void request(factory.deleteDatabase('paloma'));
    const database = open();
    const stored = put(database, 'c', 'Hello');
    wake();
    await stored;
    expect(database.state.value).toEqual({ kind: 'memory', reason: 'blocked' });
    expect(await get(database, 'c')).toBe('Hello');
    old.close();
  });

  it('says that the data was deleted, and others store what they know before anything is read', async () => {
    const database = open();
    await put(database, 'c', 'Hello');
    database.emptied.subscribe(() => void put(database, 'c', 'again'));
    await request(factory.deleteDatabase('paloma'));
    expect(await get(database, 'c')).toBe('again');
    expect(database.state.value.kind).toBe('persistent');
    await database.close();
    expect(await get(open(), 'c')).toBe('again');
  });

  it('goes on in a new database after the browser has closed the old one', async () => {
    let connection: IDBDatabase | undefined;
    const opened = factory.open.bind(factory);
    factory.open = (name, version) => {
      const opening = opened(name, version);
      opening.addEventListener('success', () => (connection = opening.result as unknown as IDBDatabase));
      return opening;
    };
    const database = open();
    await put(database, 'c', 'Hello');
    let emptied = 0;
    database.emptied.subscribe(() => emptied++);
    connection?.close();
    await put(database, 'd', 'again');
    expect([await get(database, 'd'), emptied]).toEqual(['again', 1]);
  });

  it('says that it is full, and later that it is not', async () => {
    persists = false;
    const database = open();
    await database.transaction(['outbox'], 'write', (tx) => tx.store('outbox').clear());
    const full = () => Promise.reject(new DOMException('No space.', 'QuotaExceededError'));
    await expect(database.transaction(['drafts'], 'write', full)).rejects.toThrow('No space.');
    expect(database.state.value).toEqual({ kind: 'full' });
    await put(database, 'c', 'Hello');
    expect(database.state.value).toEqual({ kind: 'evictable' });
  });

  it('is empty after a wipe', async () => {
    const database = open();
    await put(database, 'c', 'Hello');
    await database.wipe();
    expect(await get(database, 'c')).toBeUndefined();
  });
});

function request<T>(opening: { result: T; onsuccess: unknown; onerror: unknown; error: unknown }): Promise<T> {
  return new Promise((resolve, reject) => {
    opening.onsuccess = () => {
      resolve(opening.result);
    };
    opening.onerror = () => {
      reject(opening.error as Error);
    };
  });
}
