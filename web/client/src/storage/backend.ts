import type { Database } from '../parts.js';

/** A place for the data of one database. */
export interface Backend extends Pick<Database, 'transaction' | 'wipe'> {
  close(): void;
}
