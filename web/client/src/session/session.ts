import type { Client } from 'openapi-fetch';
import type { Challenge, LogInResult, Session, SessionState } from '../api.js';
import type { User, paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import { Value } from '../observable.js';
import type { Database, Rest, SessionRow } from '../parts.js';
import type { Channel, Ports } from '../ports.js';
import { createRest } from '../rest/rest.js';
import { Login, type LoginStep } from './login.js';
import { reportLogout } from './logout.js';
import { SessionStore } from './store.js';
import { Tokens } from './tokens.js';

/** To the other tabs: the stored session changed; `ended` is the reason if there is none any more. */
interface News {
  readonly ended: 'loggedOut' | 'ended';
}

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
  readonly #login: Login;
  readonly #store: SessionStore;
  readonly #tokens: Tokens;
  readonly #channel: Channel;

  constructor(private readonly around: Surroundings) {
    const { apiUrl, database, ports } = around;
    this.#open = createRest(apiUrl, ports);
    this.#login = new Login(this.#open, ports.clock);
    this.#store = new SessionStore(database);
    const changed = (row: SessionRow | undefined) => {
      this.#show(row, 'ended');
      this.#tell('ended');
    };
    this.#tokens = new Tokens({ open: this.#open, store: this.#store, ports, changed });
    this.rest = createRest(apiUrl, ports, this.#tokens);
    this.#channel = ports.openChannel('paloma:session');
    this.#channel.onmessage = (news) => void this.#reload((news as News).ended);
    database.emptied.subscribe(() => {
      if (this.#tokens.row) void this.#store.restore(this.#tokens.row);
    });
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
      renewIfDoubtful: async (token: string) => {
        const renewed = await this.#tokens.renewIfDoubtful(token);
        return renewed === undefined ? undefined : own(Promise.resolve(renewed));
      },
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
    return this.#take(await this.#login.logIn(login));
  }

  async answer(challenge: Challenge, answer: { code: string } | { newPassword: string }): Promise<LogInResult> {
    return this.#take(await this.#login.answer(challenge, answer));
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
    if (options.everywhere) {
      const body = { refreshToken: row.refreshToken, everywhere: true };
      await this.rest.POST('/auth/logout', { body }).catch(unlessEnded);
      await this.end('loggedOut');
      return;
    }
    const { apiUrl, ports } = this.around;
    // Both at once: the user may close the tab before the server answers.
    await Promise.all([reportLogout(row, { apiUrl, open: this.#open, ports }), this.end('loggedOut')]);
  }

  /** Ends the session here, in all tabs. After `ended`, the unsent texts stay, for the next login of this user. */
  async end(reason: 'loggedOut' | 'ended'): Promise<void> {
    const userId = this.#tokens.row?.user.userId;
    await this.#store.write(undefined, reason === 'loggedOut' ? userId : undefined);
    this.#tokens.adopt(undefined);
    this.#show(undefined, reason);
    this.#tell(reason);
    await this.left();
    await this.#store.forgetLeaver();
  }

  /** The tab of the last logout may have ended before it had deleted the data. */
  async #finishLogout(): Promise<void> {
    const leaver = await this.#store.leaver();
    if (leaver === undefined) return;
    await this.wipe(leaver);
    await this.#store.forgetLeaver();
  }

  /** The user's profile changed. */
  async update(change: (user: User) => User): Promise<void> {
    const row = this.#tokens.row;
    if (!row) return;
    const next = await this.#store.update(row, (current) => ({ ...current, user: change(current.user) }));
    if (!next) return;
    this.#tokens.adopt(next);
    this.#show(next, 'none');
    this.#tell('ended');
  }

  close(): void {
    this.#channel.close();
  }

  async #take(step: LoginStep): Promise<LogInResult> {
    if (step.kind === 'challenge') return step;
    await this.#store.write(step.row);
    // Not before: another tab's news of an earlier end may arrive meanwhile.
    this.#tokens.adopt(step.row);
    this.#show(step.row, 'none');
    this.#tell('ended');
    return { kind: 'signedIn' };
  }

  /** Another tab changed the session. */
  async #reload(reason: News['ended']): Promise<void> {
    const row = await this.#tokens.stored();
    this.#tokens.adopt(row);
    this.#show(row, reason);
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
}

/** A session that has ended already has ended everywhere. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof PalomaError && error.kind === 'signedOut')) throw error;
}
