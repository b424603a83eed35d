import type { Client } from 'openapi-fetch';
import type { Challenge } from '../api.js';
import type { User, paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { SessionRow } from '../parts.js';
import type { Clock } from '../ports.js';

/** The result of a login: the new session, or a challenge that the user answers first. */
export type LoginStep =
  | { readonly kind: 'signedIn'; readonly row: SessionRow }
  | { readonly kind: 'challenge'; readonly challenge: Challenge };

interface LoginAnswer {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
  user: User;
  challenge: string;
  session: string;
}

/** The calls that end in a login. They need no session. */
export class Login {
  constructor(
    private readonly open: Client<paths>,
    private readonly clock: Clock,
  ) {}

  async logIn(login: { email: string; password: string; recoveryCode?: string }): Promise<LoginStep> {
    const { data } = await this.open.POST('/auth/login', { body: login });
    return this.#step(login.email, data);
  }

  async answer(challenge: Challenge, answer: { code: string } | { newPassword: string }): Promise<LoginStep> {
    const { email, session, name } = challenge;
    const { data } = await this.open.POST('/auth/challenge', { body: { email, session, challenge: name, ...answer } });
    return this.#step(email, data);
  }

  #step(email: string, answer: unknown): LoginStep {
    const { accessToken, refreshToken, expiresIn, user, challenge, session } = answer as Partial<LoginAnswer>;
    if (challenge !== undefined && session !== undefined) {
      if (challenge === 'SOFTWARE_TOKEN_MFA' || challenge === 'NEW_PASSWORD_REQUIRED') {
        return { kind: 'challenge', challenge: { name: challenge, email, session } };
      }
      throw new PalomaError('unexpected', 'This client does not know the challenge of the login.');
    }
    if (!accessToken || !refreshToken || !expiresIn || !user) {
      throw new PalomaError('unexpected', 'The answer to the login has no tokens.');
    }
    const life = { obtainedAt: this.clock.now(), expiresIn: expiresIn * 1_000 };
    return { kind: 'signedIn', row: { id: 'session', user, accessToken, refreshToken, ...life } };
  }
}
