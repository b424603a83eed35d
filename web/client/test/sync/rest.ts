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
  #held: (() => void)[] | undefined;

  constructor(private readonly answer: (call: Call) => object) {
    this.client = createClient<paths>({ baseUrl: 'http://test', fetch: (request) => this.#fetch(request) });
  }

  /** From now on, answers wait. They are computed when the call arrives, and are then out of date. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const run of held) run();
  }

  /** Calls since the last time. */
  taken(): string[] {
    return this.calls.splice(0);
  }

  async #fetch(request: Request): Promise<Response> {
    const { pathname, searchParams, search } = new URL(request.url);
    const route = `${request.method} ${pathname}`;
    this.calls.push(decodeURIComponent(route + search));
    if (this.offline) throw new PalomaError('offline', 'No answer arrived.');
    const body: unknown = request.method === 'GET' ? undefined : await request.json();
    const answer = this.answer({ route, query: searchParams, body });
    const held = this.#held;
    if (held) await new Promise<void>((resolve) => held.push(resolve));
    request.signal.throwIfAborted();
    return Response.json(answer);
  }
}

export function rejected(status: number): PalomaError {
  const problem: Problem = { status, title: 'Rejected', detail: 'Rejected.', type: 'urn:paloma:problem:not-found' };
  return new PalomaError('problem', 'Rejected.', problem);
}
