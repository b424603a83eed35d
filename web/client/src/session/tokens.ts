import type { Client } from 'openapi-fetch';
import type { RefreshedTokens, paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { SessionRow } from '../parts.js';
import type { Ports } from '../ports.js';
import { foreign, isUnauthenticated } from '../rest/failures.js';
import type { TokenSource } from '../rest/rest.js';
import type { SessionStore } from './store.js';

const LOCK = 'paloma:session';
/** Time before the end of a token's life at which it is renewed. */
const MARGIN = 60_000;
/** Age below which the server has just accepted a token. A second refresh at once would not help. */
const YOUNG = 60_000;
/** Time to wait for another tab that renews. The browser may have suspended it; a second refresh does no harm. */
const PATIENCE = 20_000;

interface Surroundings {
  readonly open: Client<paths>;
  readonly store: SessionStore;
  readonly ports: Pick<Ports, 'clock' | 'locks' | 'online'>;
  /** The stored session changed: by this tab, or found changed by another one. `undefined`: it has ended. */
  readonly changed: (row: SessionRow | undefined) => void;
}

/** The tokens of the session. One tab of the browser at a time renews them; the others use the result. */
export class Tokens implements TokenSource {
  #row: SessionRow | undefined;
  /** `clock.elapsed()` at which the access token should be renewed. */
  #renewAt = 0;
  /** `clock.elapsed()` until which a call without an answer says nothing about the token. */
  #trustedUntil = 0;
  #renewing: Promise<string> | undefined;

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

  /**
   * An answer to a refresh proves that the network works, so the refresh itself is the test. At most one in the life of
   * a token, so that a poor network does not cause refresh after refresh.
   */
  async renewIfDoubtful(token: string): Promise<string | undefined> {
    const row = this.#row;
    if (row && row.accessToken !== token) return row.accessToken;
    if (!row || !this.#isDoubtful(row)) return undefined;
    try {
      const renewed = await this.renew(token);
      this.#trustedUntil = this.around.ports.clock.elapsed() + row.expiresIn;
      return renewed;
    } catch (error) {
      if (error instanceof PalomaError && error.kind === 'signedOut') throw error;
      return undefined;
    }
  }

  async refused(rejected: string): Promise<void> {
    const row = this.#row;
    if (row?.accessToken !== rejected) return;
    await this.around.store.remove(row);
    this.#take(undefined);
  }

  #isDoubtful(row: SessionRow): boolean {
    const { clock, online } = this.around.ports;
    const age = ageOf(row, clock.now());
    return online.value && clock.elapsed() >= this.#trustedUntil && (age === undefined || age >= YOUNG);
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
    const { open, ports, store } = this.around;
    const answer = await open
      .POST('/auth/refresh', { body: { refreshToken: row.refreshToken } })
      .catch((error: unknown) => {
        if (isUnauthenticated(error)) return undefined;
        throw error;
      });
    if (answer) {
      const tokens = tokensOf(answer.data, ports.clock.now());
      return store.update(row, (current) => ({ ...current, ...tokens }));
    }
    await store.remove(row);
    return undefined;
  }

  /** Milliseconds until the access token should be renewed. */
  #left(row: SessionRow): number {
    const age = ageOf(row, this.around.ports.clock.now());
    return age === undefined ? 0 : row.expiresIn - age - MARGIN;
  }

  /** The stored session; this tab's own if the storage fails. */
  stored(): Promise<SessionRow | undefined> {
    return this.around.store.read(this.#row);
  }

  #take(row: SessionRow | undefined): void {
    this.adopt(row);
    this.around.changed(row);
  }
}

function ended(): PalomaError {
  return new PalomaError('signedOut', 'The session has ended.');
}

/** `undefined` after the clock was set back. The clock also goes back a little when it is synchronized. */
function ageOf({ obtainedAt }: SessionRow, now: number): number | undefined {
  const age = now - obtainedAt;
  return age < -MARGIN ? undefined : Math.max(0, age);
}

/** A proxy may answer anything: without tokens, the answer is not from the server. */
function tokensOf(answer: Partial<RefreshedTokens> | undefined, obtainedAt: number) {
  const { accessToken, expiresIn } = answer ?? {};
  if (typeof accessToken !== 'string' || typeof expiresIn !== 'number') throw foreign();
  return { accessToken, expiresIn: expiresIn * 1_000, obtainedAt };
}
