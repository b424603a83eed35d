import type { Client } from 'openapi-fetch';
import type { paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Database, SessionRow } from '../parts.js';
import type { Ports } from '../ports.js';
import type { TokenSource } from '../rest/rest.js';

const LOCK = 'paloma:session';
/** Time before the end of a token's life at which it is renewed. */
const MARGIN = 60_000;

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

  constructor(private readonly around: Surroundings) {}

  get row(): SessionRow | undefined {
    return this.#row;
  }

  /** Takes the session of a login, or one that was stored before. */
  adopt(row: SessionRow | undefined): void {
    this.#row = row;
    if (!row) return;
    const { clock } = this.around.ports;
    const age = clock.now() - row.obtainedAt;
    // A clock that was set back makes the age negative: then the token is renewed at once.
    const left = age < 0 ? 0 : row.expiresIn - age - MARGIN;
    this.#renewAt = clock.elapsed() + left;
  }

  async access(): Promise<string> {
    const row = this.#row;
    if (!row) throw ended();
    if (this.around.ports.clock.elapsed() < this.#renewAt) return row.accessToken;
    return this.renew(row.accessToken);
  }

  renew(rejected: string): Promise<string> {
    if (this.#row && this.#row.accessToken !== rejected) return Promise.resolve(this.#row.accessToken);
    this.#renewing ??= this.around.ports.locks
      .hold(LOCK, () => this.#renew(rejected))
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  /** Runs in one tab at a time. Another tab may have renewed the tokens, or ended the session, while this one waited. */
  async #renew(rejected: string): Promise<string> {
    const stored = await this.#stored();
    if (stored?.accessToken !== rejected) {
      this.#take(stored);
      if (!stored) throw ended();
      return stored.accessToken;
    }
    const renewed = await this.#refresh(stored);
    this.#take(renewed);
    if (!renewed) throw ended();
    return renewed.accessToken;
  }

  /** `undefined` if the server says that the session has ended. */
  async #refresh(row: SessionRow): Promise<SessionRow | undefined> {
    const { open, ports, database } = this.around;
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
    await database
      .transaction(['session'], 'write', async (tx) => {
        if (renewed) await tx.store('session').put(renewed);
        else await tx.store('session').delete('session');
      })
      .catch(() => undefined);
    return renewed;
  }

  /** The stored session; this tab's own if the storage fails. */
  async #stored(): Promise<SessionRow | undefined> {
    const { database } = this.around;
    const read = database.transaction(['session'], 'read', (tx) => tx.store('session').get('session'));
    const stored = await read.catch(() => this.#row);
    return stored ?? (database.state.value.kind === 'memory' ? this.#row : undefined);
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
