import createClient from 'openapi-fetch';
import type { Problem, paths } from '../../src/contracts.js';
import { PalomaError } from '../../src/errors.js';
import type { Rest } from '../../src/parts.js';

export interface Call {
  /** Such as `GET /chats/chat`. */
  readonly route: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** REST calls, answered by the test. */
export class TestRest {
  readonly calls: string[] = [];
  offline = false;
  readonly client: Rest;
  readonly #rejections = new Map<string, number>();
  #held: (() => void)[] = [];
  #isHeld: (call: string) => boolean = () => false;
  #isDelayed: (call: string) => boolean = () => false;

  /** The next call of this route fails with this status. */
  reject(route: string, status: number): void {
    this.#rejections.set(route, status);
  }

  constructor(private readonly answer: (call: Call) => object) {
    this.client = createClient<paths>({ baseUrl: 'http://test', fetch: (request) => this.#fetch(request) });
  }

  /** From now on, answers wait. They are computed when the call arrives, and are then out of date. */
  hold(matches: (call: string) => boolean = () => true): void {
    this.#isHeld = matches;
  }

  /** From now on, calls wait before they reach the server. */
  delay(matches: (call: string) => boolean): void {
    this.#isDelayed = matches;
  }

  release(): void {
    this.#isHeld = this.#isDelayed = () => false;
    for (const run of this.#held.splice(0)) run();
  }

  /** Calls since the last time. */
  taken(): string[] {
    return this.calls.splice(0);
  }

  async #fetch(request: Request): Promise<Response> {
    const { pathname, searchParams, search } = new URL(request.url);
    const route = `${request.method} ${pathname}`;
    const call = decodeURIComponent(route + search);
    this.calls.push(call);
    if (this.#isDelayed(call)) await this.#wait();
    if (this.offline) throw new PalomaError('offline', 'No answer arrived.');
    const body: unknown = request.body === null ? undefined : await request.json();
    const rejection = this.#rejections.get(route);
    this.#rejections.delete(route);
    if (rejection !== undefined) throw rejected(rejection);
    const answer = this.answer({ route, query: searchParams, body });
    if (this.#isHeld(call)) await this.#wait();
    request.signal.throwIfAborted();
    return Response.json(answer);
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => this.#held.push(resolve));
  }
}

export function rejected(status: number, more: Partial<Problem> = {}): PalomaError {
  const problem: Problem = {
    ...more,
    status,
    title: 'Rejected',
    detail: 'Rejected.',
    type: 'urn:paloma:problem:not-found',
  };
  return new PalomaError('problem', 'Rejected.', problem);
}
