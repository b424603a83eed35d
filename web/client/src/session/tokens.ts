import type { Client } from 'openapi-fetch';
import type { paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Database, SessionRow } from '../parts.js';
import type { Ports } from '../ports.js';
import type { TokenSource } from '../rest/rest.js';

const LOCK = 'paloma:session';
/** Time before the end of a token's life at which it is renewed. */
const MARGIN = 60_000;
/** Time to wait for another tab that renews. The browser may have suspended it; a second refresh does no harm. */
const PATIENCE = 20_000;

/** Age up to which a token is not suspected: a network that fails often must not lead to many renewals. */
const TRUSTED = 60_000;

interface Surroundings {
  readonly open: Client<paths>;
  readonly database: Database;
  readonly ports: Pick<Ports, 'clock' | 'locks'>;
  /** The stored session changed: by this tab, or found changed by another one. `undefined`: it has ended. */
  readonly changed: (row: SessionRow | undefined) => void;
}

/** The tokens of the session. One tab of the browser at a time renews them; the others use the result. */
export class Tokens implements TokenSource {
  #row: SessionRow | undefined;
  /** `clock.elapsed()` at which the access token should be renewed. */
  #renewAt = 0;
  #renewing: Promise<string> | undefined;
  /** False after a full storage did not take the session: then only this tab knows it. */
  isStored = true;
  /** The access token of an older session, which a full storage did not let go. It counts as gone. */
  stale: string | undefined;

  constructor(private readonly around: Surroundings) {}

  get row(): SessionRow | undefined {
    return this.#row;
  }

  /** Takes the session of a login, or one that was stored before. */
  adopt(row: SessionRow | undefined): void {
    this.#row = row;
    if (!row) return;
    this.#renewAt = this.around.ports.clock.elapsed() + this.#left(row);
  }

  async access(): Promise<string> {
    const row = this.#row;
    if (!row) throw ended();
    if (this.around.ports.clock.elapsed() < this.#renewAt) return row.accessToken;
    return this.renew(row.accessToken);
  }

  renew(rejected: string): Promise<string> {
    if (this.#row && this.#row.accessToken !== rejected) return Promise.resolve(this.#row.accessToken);
    this.#renewing ??= this.#inTurn(() => this.#renew(rejected)).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async suspect(token: string): Promise<string | undefined> {
    const row = this.#row;
    if (row?.accessToken === token && this.around.ports.clock.now() - row.obtainedAt < TRUSTED) return undefined;
    return this.renew(token).catch(() => undefined);
  }

  async refused(rejected: string): Promise<void> {
    const row = this.#row;
    if (row?.accessToken !== rejected) return;
    await this.#replace(row, undefined);
    this.#take(undefined);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { clock, locks } = this.around.ports;
    const waiting = new AbortController();
    let begun = false;
    const cancel = clock.after(PATIENCE, () => {
      waiting.abort();
    });
    const begin = () => {
      begun = true;
      cancel();
      return work();
    };
    try {
      return await locks.hold(LOCK, begin, waiting.signal);
    } catch (error) {
      if (begun || !waiting.signal.aborted) throw error;
      return work();
    } finally {
      cancel();
    }
  }

  /** Runs in one tab at a time. While it waited, another tab may have renewed the tokens, or ended the session. */
  async #renew(rejected: string): Promise<string> {
    const stored = await this.stored();
    if (!stored) {
      this.#take(undefined);
      throw ended();
    }
    // A full storage may have kept an old token.
    if (stored.accessToken !== rejected && this.#left(stored) > 0) {
      this.#take(stored);
      return stored.accessToken;
    }
    const renewed = await this.#refresh(stored);
    this.#take(renewed);
    if (!renewed) throw ended();
    return renewed.accessToken;
  }

  /** `undefined` if the server says that the session has ended. */
  async #refresh(row: SessionRow): Promise<SessionRow | undefined> {
    const { open, ports } = this.around;
    const answer = await open
      .POST('/auth/refresh', { body: { refreshToken: row.refreshToken } })
      .catch((error: unknown) => {
        if (endsSession(error)) return undefined;
        throw error;
      });
    const tokens = answer?.data;
    const { accessToken, expiresIn } = tokens ?? {};
    const renewed =
      accessToken !== undefined && expiresIn !== undefined
        ? { ...row, accessToken, expiresIn: expiresIn * 1_000, obtainedAt: ports.clock.now() }
        : undefined;
    return (await this.#replace(row, renewed)) ? renewed : undefined;
  }

  /** False if the user has logged out, or another one has logged in, meanwhile. */
  async #replace(row: SessionRow, next: SessionRow | undefined): Promise<boolean> {
    const { database } = this.around;
    return database
      .transaction(['session'], 'write', async (tx) => {
        const store = tx.store('session');
        const current = await store.get('session');
        const isOther = current && current.accessToken !== this.stale && current.refreshToken !== row.refreshToken;
        if (isOther) return false;
        if (!current && this.#isShared) return false;
        if (next) await store.put(next);
        else await store.delete('session');
        return true;
      })
      .then((replaced) => {
        this.isStored = true;
        return replaced;
      })
      .catch(() => true);
  }

  /** Milliseconds until the access token should be renewed. A clock that was set back makes its age negative. */
  #left({ obtainedAt, expiresIn }: SessionRow): number {
    const age = this.around.ports.clock.now() - obtainedAt;
    return age < 0 ? 0 : expiresIn - age - MARGIN;
  }

  /** The stored session; this tab's own if the storage fails. */
  async stored(): Promise<SessionRow | undefined> {
    const { database } = this.around;
    const read = database.transaction(['session'], 'read', (tx) => tx.store('session').get('session'));
    const stored = await read.catch(() => this.#row);
    if (stored && stored.accessToken === this.stale) return this.#row;
    return stored ?? (this.#isShared ? undefined : this.#row);
  }

  /** Otherwise this tab has a session of its own. */
  get #isShared(): boolean {
    return this.isStored && this.around.database.state.value.kind !== 'memory';
  }

  #take(row: SessionRow | undefined): void {
    this.adopt(row);
    this.around.changed(row);
  }
}

function ended(): PalomaError {
  return new PalomaError('signedOut', 'The session has ended.');
}

function endsSession(error: unknown): boolean {
  if (!(error instanceof PalomaError)) return false;
  const status = error.problem?.status ?? 0;
  return error.kind === 'signedOut' || (error.kind === 'problem' && status >= 400 && status < 500 && status !== 429);
}
