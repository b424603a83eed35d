import type { Random } from '../random.js';
import { type Answer, ok, problem } from './answer.js';
import type { Account } from './data.js';

export const PASSWORD = 'Paloma-2026';
const TICKET_LIFE = 60_000;

interface Login {
  readonly sessionId: string;
  readonly account: Account;
  readonly refreshToken: string;
  ended: boolean;
}

/** Sessions, tokens and tickets. */
export class Logins {
  readonly #logins = new Map<string, Login>();
  readonly #tokens = new Map<string, { login: Login; until: number }>();
  readonly #tickets = new Map<string, { login: Login; until: number }>();

  constructor(
    private readonly random: Random,
    private readonly clock: () => number,
    private readonly accounts: readonly Account[],
    private readonly tokenLife = 900_000,
  ) {}

  logIn(body: { email?: unknown; password?: unknown }): Answer {
    const account = this.accounts.find(({ email }) => email === body.email);
    if (!account || body.password !== PASSWORD) return problem(401, 'The address or the password is wrong.');
    const login = { sessionId: this.random.id(), account, refreshToken: this.random.id(), ended: false };
    this.#logins.set(login.refreshToken, login);
    const { userId, email, name } = account;
    const user = { userId, email, name, createdAt: 1 };
    return ok({ ...this.#issue(login), refreshToken: login.refreshToken, user });
  }

  refresh(body: { refreshToken?: unknown }): Answer {
    const login = this.#logins.get(String(body.refreshToken));
    if (!login || login.ended) return problem(401, 'The session has ended.');
    return ok(this.#issue(login));
  }

  end(which: { refreshToken?: unknown } | { userId: string }): void {
    for (const login of this.#logins.values()) {
      const chosen =
        'userId' in which ? login.account.userId === which.userId : login.refreshToken === which.refreshToken;
      if (chosen) login.ended = true;
    }
  }

  hasEnded(sessionId: string): boolean {
    return [...this.#logins.values()].some((login) => login.sessionId === sessionId && login.ended);
  }

  /** The login of a valid access token. */
  check(token: string | undefined): Login | undefined {
    const known = this.#tokens.get(token ?? '');
    return known && !known.login.ended && known.until > this.clock() ? known.login : undefined;
  }

  issueTicket(login: Login): Answer {
    const ticket = this.random.id();
    const until = this.clock() + TICKET_LIFE;
    this.#tickets.set(ticket, { login, until });
    return ok({ ticket, expiresAt: until }, 201);
  }

  /** A ticket opens one socket. */
  redeem(ticket: string): Login | undefined {
    const known = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    return known && !known.login.ended && known.until > this.clock() ? known.login : undefined;
  }

  #issue(login: Login) {
    const accessToken = this.random.id();
    this.#tokens.set(accessToken, { login, until: this.clock() + this.tokenLife });
    return { accessToken, idToken: 'id', expiresIn: this.tokenLife / 1_000 };
  }
}
