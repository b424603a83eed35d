import type { Key, Rows, StoreName } from '../parts.js';

/** The key path of each store. */
export const KEY_PATHS: Readonly<Record<StoreName, string | string[]>> = {
  session: 'id',
  chats: 'chatId',
  messages: ['chatId', 'seq'],
  tails: 'chatId',
  outbox: 'order',
  drafts: 'key',
  meta: 'name',
};

export const STORES = Object.keys(KEY_PATHS) as StoreName[];

export function keyOf<N extends StoreName>(name: N, row: Rows[N]): Key {
  const path = KEY_PATHS[name];
  const part = (field: string) => (row as unknown as Record<string, string | number>)[field] ?? '';
  return typeof path === 'string' ? String(part(path)) : path.map(part);
}

/** Compares two keys of one store as IndexedDB does. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'string' || typeof b === 'string') return compareParts(String(a), String(b));
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareParts(part, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: string | number, b: string | number): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
