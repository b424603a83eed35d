import type { Database, Rows, SessionRow, Store, Transaction } from '../parts.js';

/** The row of `meta` with a user who has logged out, until the data is deleted. */
const LEAVER = 'leaver';

/**
 * The stored session, which all tabs share. If the storage fails, each tab has a session of its own: `own` is that of
 * this tab.
 */
export class SessionStore {
  /** False after a full storage did not take the session: then only this tab knows it. */
  #isStored = true;
  /** The access token of an older session, which a full storage did not let go. It counts as gone. */
  #stale: string | undefined;

  constructor(private readonly database: Database) {}

  async read(own: SessionRow | undefined): Promise<SessionRow | undefined> {
    const stored = await this.#row().catch(() => own);
    if (stored && stored.accessToken === this.#stale) return own;
    return stored ?? (this.#isShared ? undefined : own);
  }

  /** Stores the session of a login, or deletes the one that has ended. `leaver`: the user who has logged out. */
  async write(row: SessionRow | undefined, leaver?: string): Promise<void> {
    const work = async (tx: Transaction) => {
      if (row) await tx.store('session').put(row);
      else await tx.store('session').delete('session');
      if (leaver !== undefined) await tx.store('meta').put({ name: LEAVER, value: leaver });
    };
    const done = this.database.transaction(['session', 'meta'], 'write', work).then(() => true);
    // A full storage: the session lasts as long as this tab.
    this.#isStored = await done.catch(() => false);
    const kept = this.#isStored ? undefined : await this.#row().catch(() => undefined);
    this.#stale = kept?.accessToken;
  }

  /** Changes a session in one step. `undefined` if it has ended meanwhile: another tab has logged out, or in again. */
  async update(row: SessionRow, change: (current: SessionRow) => SessionRow): Promise<SessionRow | undefined> {
    return this.#ifSame(row, change(row), async (store, current) => {
      const next = change(current);
      await store.put(next);
      return next;
    });
  }

  /** Deletes a session that the server has ended, unless another tab has logged in again meanwhile. */
  async remove(row: SessionRow): Promise<void> {
    await this.#ifSame(row, undefined, (store) => store.delete('session'));
  }

  /** Stores the session again, after the browser has deleted the data. */
  async restore(row: SessionRow): Promise<void> {
    const work = async (tx: Transaction) => {
      const store = tx.store('session');
      if (!(await store.get('session'))) await store.put(row);
    };
    await this.database.transaction(['session'], 'write', work).catch(() => undefined);
  }

  /** The user of the last logout, if the data may not be deleted yet. */
  async leaver(): Promise<string | undefined> {
    const row = await this.#meta((store) => store.get(LEAVER));
    return typeof row?.value === 'string' ? row.value : undefined;
  }

  async forgetLeaver(): Promise<void> {
    await this.#meta((store) => store.delete(LEAVER));
  }

  /** Otherwise this tab has a session of its own. */
  get #isShared(): boolean {
    return this.#isStored && this.database.state.value.kind !== 'memory';
  }

  /** Works on the stored session if it is that of `row`. Returns `otherwise` if the storage fails. */
  async #ifSame<T>(
    row: SessionRow,
    otherwise: T,
    work: (store: Store<SessionRow>, current: SessionRow) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const result = await this.database.transaction(['session'], 'write', async (tx) => {
        const store = tx.store('session');
        const stored = await store.get('session');
        const current = stored?.accessToken === this.#stale ? undefined : stored;
        if (current ? current.refreshToken !== row.refreshToken : !stored && this.#isShared) return undefined;
        return work(store, current ?? row);
      });
      this.#isStored = true;
      return result;
    } catch {
      return otherwise;
    }
  }

  #row(): Promise<SessionRow | undefined> {
    return this.database.transaction(['session'], 'read', (tx) => tx.store('session').get('session'));
  }

  #meta<T>(work: (store: Store<Rows['meta']>) => Promise<T>): Promise<T | undefined> {
    return this.database.transaction(['meta'], 'write', (tx) => work(tx.store('meta'))).catch(() => undefined);
  }
}
