import type { Client } from 'openapi-fetch';
import type { Challenge, LogInResult, Session, SessionState } from '../api.js';
import type { User, paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import { Value } from '../observable.js';
import type { Database, Rest, Rows, SessionRow, Store, Transaction } from '../parts.js';
import type { Channel, Ports } from '../ports.js';
import { createRest } from '../rest/rest.js';
import { Tokens } from './tokens.js';

/** To the other tabs: the stored session changed; `ended` is the reason if there is none any more. */
interface News {
  readonly ended: 'loggedOut' | 'ended';
}

/** The row of `meta` with a user who has logged out, until the data is deleted. */
const LEAVER = 'leaver';

/** Time limit for telling the server about a logout. The local session ends in any case. */
const LOGOUT_LIMIT = 5_000;

interface Surroundings {
  readonly apiUrl: string;
  /** The database of the session, which all tabs share. */
  readonly database: Database;
  readonly ports: Ports;
}

/** The session of this browser: one user at a time, in all tabs. */
export class BrowserSession implements Session {
  readonly state = new Value<SessionState>({ kind: 'starting' });
  /** Calls of the signed-in user. */
  readonly rest: Rest;
  /** Deletes the local data of a user who left in a tab that ended too early. */
  wipe: (userId: string) => Promise<void> = () => Promise.resolve();
  /** Resolves when this tab has let go of the local data of the user who has left. */
  left: () => Promise<void> = () => Promise.resolve();
  readonly #open: Client<paths>;
  readonly #tokens: Tokens;
  readonly #channel: Channel;

  constructor(private readonly around: Surroundings) {
    const { apiUrl, database, ports } = around;
    this.#open = createRest(apiUrl, ports);
    const changed = (row: SessionRow | undefined) => {
      this.#show(row, 'ended');
      this.#tell('ended');
    };
    this.#tokens = new Tokens({ open: this.#open, database, ports, changed });
    this.rest = createRest(apiUrl, ports, this.#tokens);
    this.#channel = ports.openChannel('paloma:session');
    this.#channel.onmessage = (news) => void this.#reload((news as News).ended);
    database.emptied.subscribe(() => void this.#keep());
  }

  /** Calls in the name of this user alone: they fail once another user has logged in, in whichever tab. */
  restOf(userId: string): Rest {
    const own = async (token: Promise<string>) => {
      const access = await token;
      if (this.#tokens.row?.user.userId === userId) return access;
      throw new PalomaError('signedOut', 'The session has ended.');
    };
    const tokens = {
      access: () => own(this.#tokens.access()),
      renew: (rejected: string) => own(this.#tokens.renew(rejected)),
      suspect: (token: string) => this.#tokens.suspect(token),
      refused: (rejected: string) => this.#tokens.refused(rejected),
    };
    const { apiUrl, ports } = this.around;
    return createRest(apiUrl, ports, tokens);
  }

  /** Finds the session that this browser has stored. */
  async start(): Promise<void> {
    await this.#finishLogout();
    const row = await this.#tokens.stored();
    // A slow storage may answer after a login.
    if (this.state.value.kind !== 'starting' || this.#tokens.row) return;
    this.#tokens.adopt(row);
    this.#show(row, 'none');
  }

  async logIn(login: { email: string; password: string; recoveryCode?: string }): Promise<LogInResult> {
    const { data } = await this.#open.POST('/auth/login', { body: login });
    return this.#logged(login.email, data);
  }

  async answer(challenge: Challenge, answer: { code: string } | { newPassword: string }): Promise<LogInResult> {
    const { email, session, name } = challenge;
    const { data } = await this.#open.POST('/auth/challenge', { body: { email, session, challenge: name, ...answer } });
    return this.#logged(email, data);
  }

  async register(email: string): Promise<void> {
    await this.#open.POST('/auth/register', { body: { email } });
  }

  async confirm(confirmation: { email: string; code: string; password: string; name?: string }): Promise<void> {
    await this.#open.POST('/auth/confirm', { body: confirmation });
  }

  async forgot(email: string): Promise<void> {
    await this.#open.POST('/auth/forgot', { body: { email } });
  }

  async reset(reset: { email: string; code: string; password: string }): Promise<void> {
    await this.#open.POST('/auth/reset', { body: reset });
  }

  async logOut(options: { everywhere?: boolean } = {}): Promise<void> {
    const row = this.#tokens.row;
    if (!row) return;
    const everywhere = options.everywhere ?? false;
    const body = { refreshToken: row.refreshToken, everywhere };
    if (everywhere) {
      await this.rest.POST('/auth/logout', { body }).catch(unlessEnded);
      await this.end('loggedOut');
      return;
    }
    // The session ends here first: the user may close the tab before the server answers.
    const told = this.#restAfter(row).POST('/auth/logout', { body, keepalive: true });
    await Promise.all([this.end('loggedOut'), this.#atMost(LOGOUT_LIMIT, told)]);
  }

  /** Ends the session here, in all tabs. After `ended`, the unsent texts stay, for the next login of this user. */
  async end(reason: 'loggedOut' | 'ended'): Promise<void> {
    const userId = this.#tokens.row?.user.userId;
    await this.#store(undefined, reason === 'loggedOut' ? userId : undefined);
    this.#tokens.adopt(undefined);
    this.#show(undefined, reason);
    this.#tell(reason);
    await this.left();
    await this.#leavers((store) => store.delete(LEAVER));
  }

  /** The tab of the last logout may have ended before it had deleted the data. */
  async #finishLogout(): Promise<void> {
    const leaver = await this.#leavers((store) => store.get(LEAVER));
    if (typeof leaver?.value !== 'string') return;
    await this.wipe(leaver.value);
    await this.#leavers((store) => store.delete(LEAVER));
  }

  #leavers<T>(work: (store: Store<Rows['meta']>) => Promise<T>): Promise<T | undefined> {
    const { database } = this.around;
    return database.transaction(['meta'], 'write', (tx) => work(tx.store('meta'))).catch(() => undefined);
  }

  /** The user's profile changed. */
  async update(change: (user: User) => User): Promise<void> {
    const row = this.#tokens.row;
    if (!row) return;
    // Another tab may have renewed the tokens, or logged out.
    const stored = await this.#tokens.stored();
    if (stored?.user.userId !== row.user.userId) return;
    const next = { ...stored, user: change(row.user) };
    this.#tokens.adopt(next);
    this.#show(next, 'none');
    await this.#store(next);
    this.#tell('ended');
  }

  close(): void {
    this.#channel.close();
  }

  /** Calls with the tokens of a session that has ended here. */
  #restAfter({ accessToken, refreshToken }: SessionRow): Rest {
    const { apiUrl, ports } = this.around;
    const renew = async () => {
      const { data } = await this.#open.POST('/auth/refresh', { body: { refreshToken } });
      return data?.accessToken ?? accessToken;
    };
    const access = () => Promise.resolve(accessToken);
    const suspect = () => Promise.resolve(undefined);
    return createRest(apiUrl, ports, { access, renew, suspect, refused: () => Promise.resolve() });
  }

  async #logged(email: string, answer: unknown): Promise<LogInResult> {
    const { accessToken, refreshToken, expiresIn, user, challenge, session } = answer as Partial<LogInAnswer>;
    if (challenge !== undefined && session !== undefined) {
      if (challenge === 'SOFTWARE_TOKEN_MFA' || challenge === 'NEW_PASSWORD_REQUIRED') {
        return { kind: 'challenge', challenge: { name: challenge, email, session } };
      }
      throw new PalomaError('unexpected', 'This client does not know the challenge of the login.');
    }
    if (!accessToken || !refreshToken || !expiresIn || !user) {
      throw new PalomaError('unexpected', 'The answer to the login has no tokens.');
    }
    const obtainedAt = this.around.ports.clock.now();
    const row: SessionRow = {
      ...{ id: 'session', user, accessToken, refreshToken },
      ...{ obtainedAt, expiresIn: expiresIn * 1_000 },
    };
    await this.#store(row);
    // Not before: another tab's news of an earlier end may arrive meanwhile.
    this.#tokens.adopt(row);
    this.#show(row, 'none');
    this.#tell('ended');
    return { kind: 'signedIn' };
  }

  /** Another tab changed the session. */
  async #reload(reason: News['ended']): Promise<void> {
    const row = await this.#tokens.stored();
    this.#tokens.adopt(row);
    this.#show(row, reason);
  }

  /** The browser has deleted the data, but not this tab's session. */
  async #keep(): Promise<void> {
    const { database } = this.around;
    const row = this.#tokens.row;
    const keep = async (tx: Transaction) => {
      const store = tx.store('session');
      if (row && !(await store.get('session'))) await store.put(row);
    };
    await database.transaction(['session'], 'write', keep).catch(() => undefined);
  }

  #tell(ended: News['ended']): void {
    this.#channel.post({ ended } satisfies News);
  }

  #show(row: SessionRow | undefined, reason: 'none' | 'loggedOut' | 'ended'): void {
    const before = this.state.value;
    if (!row) {
      if (before.kind !== 'signedOut') this.state.set({ kind: 'signedOut', reason });
      return;
    }
    // A suspended tab may miss the logout before another user's login. Its views of the first user end all the same.
    if (before.kind === 'signedIn' && before.user.userId !== row.user.userId) {
      this.state.set({ kind: 'signedOut', reason: reason === 'loggedOut' ? reason : 'ended' });
    }
    if (before.kind === 'signedIn' && JSON.stringify(before.user) === JSON.stringify(row.user)) return;
    this.state.set({ kind: 'signedIn', user: row.user });
  }

  async #store(row: SessionRow | undefined, leaver?: string): Promise<void> {
    const { database } = this.around;
    const store = async (tx: Transaction) => {
      if (row) await tx.store('session').put(row);
      else await tx.store('session').delete('session');
      if (leaver !== undefined) await tx.store('meta').put({ name: LEAVER, value: leaver });
    };
    const done = database.transaction(['session', 'meta'], 'write', store).then(() => true);
    // A full storage: the session lasts as long as this tab.
    const isStored = await done.catch(() => false);
    const read = (tx: Transaction) => tx.store('session').get('session');
    const kept = isStored ? undefined : await database.transaction(['session'], 'read', read).catch(() => undefined);
    this.#tokens.isStored = isStored;
    this.#tokens.stale = kept?.accessToken;
  }

  async #atMost(limit: number, work: Promise<unknown>): Promise<void> {
    const { clock } = this.around.ports;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(limit, resolve);
      const done = () => {
        cancel();
        resolve();
      };
      work.then(done, done);
    });
  }
}

/** A session that has ended already has ended everywhere. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof PalomaError && error.kind === 'signedOut')) throw error;
}

interface LogInAnswer {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
  user: User;
  challenge: string;
  session: string;
}
