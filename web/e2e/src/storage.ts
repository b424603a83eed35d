/** The local data of a user, as IndexedDB has it. */
import type { Page } from '@playwright/test';

/** Typed texts that the server does not have. */
export interface StoredTexts {
  readonly outbox: readonly string[];
  readonly drafts: readonly string[];
}

export function storedTexts(page: Page, userId: string): Promise<StoredTexts> {
  return page.evaluate(async (database) => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
      });
    const open = await done(indexedDB.open(database));
    const read = open.transaction(['outbox', 'drafts']);
    const outbox = await done(read.objectStore('outbox').getAll() as IDBRequest<{ content: string }[]>);
    const drafts = await done(read.objectStore('drafts').getAll() as IDBRequest<{ text: string }[]>);
    open.close();
    return { outbox: outbox.map(({ content }) => content), drafts: drafts.map(({ text }) => text) };
  }, `paloma:${userId}`);
}
