import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../browser.js';
import type { Database } from '../parts.js';
import { LocalDatabase } from './database.js';

describe('the local database', () => {
  let factory: IDBFactory;
  let persists: boolean;

  beforeEach(() => {
    factory = new IDBFactory();
    persists = true;
  });

  const open = (indexedDB: IDBFactory | undefined = factory) => {
    // idb opens databases of the global factory.
    globalThis.indexedDB = indexedDB as IDBFactory;
    const persistStorage = () => Promise.resolve(persists);
    return new LocalDatabase({ indexedDB, clock: systemClock, persistStorage }, 'paloma');
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
    // `undefined` would choose the default.
    globalThis.indexedDB = undefined as never;
    const persistStorage = () => Promise.resolve(true);
    const database = new LocalDatabase({ indexedDB: undefined, clock: systemClock, persistStorage }, 'paloma');
    await put(database, 'c', 'Hello');
    expect(await get(database, 'c')).toBe('Hello');
    expect(database.state.value).toEqual({ kind: 'memory', reason: 'missing' });
  });

  it('goes on after the browser has deleted the database', async () => {
    const database = open();
    await put(database, 'c', 'Hello');
    await new Promise((resolve, reject) => {
      const deletion = factory.deleteDatabase('paloma');
      deletion.onsuccess = resolve;
      deletion.onerror = reject;
    });
    await put(database, 'd', 'again');
    expect(await get(database, 'd')).toBe('again');
  });

  it('lets a newer version of the app open the database', async () => {
    await put(open(), 'c', 'Hello');
    const newer = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = factory.open('paloma', 99);
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error('blocked'));
      };
    });
    expect(newer.version).toBe(99);
  });

  it('lives in memory while a newer version holds the database', async () => {
    await new Promise((resolve) => {
      factory.open('paloma', 99).onsuccess = resolve;
    });
    const database = open();
    await put(database, 'c', 'Hello');
    expect(await get(database, 'c')).toBe('Hello');
    expect(database.state.value.kind).toBe('memory');
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

  it('is empty after a wipe', async () => {
    const database = open();
    await put(database, 'c', 'Hello');
    await database.wipe();
    expect(await get(database, 'c')).toBeUndefined();
  });
});
