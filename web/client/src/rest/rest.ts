import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Ports } from '../ports.js';
import { failureOf, offline } from './failures.js';

/** Time limit for an answer. The functions have at most 29 s, but a user does not wait that long. */
const TIME_LIMIT = 15_000;

/** The access token of the session. */
export interface TokenSource {
  /** A token that is valid for a while. */
  access(): Promise<string>;
  /** Another token, after the server rejected `rejected`. */
  renew(rejected: string): Promise<string>;
}

/** Calls of the API. Every failure is thrown as a PalomaError. `tokens` is absent for the calls without a session. */
export function createRest(apiUrl: string, ports: Pick<Ports, 'fetch' | 'clock'>, tokens?: TokenSource): Client<paths> {
  const send = (request: Request) => within(TIME_LIMIT, request, ports);
  const rest = createClient<paths>({
    baseUrl: apiUrl,
    fetch: tokens ? (request) => authorized(request, tokens, send) : send,
  });
  rest.use({
    async onResponse({ response }) {
      if (!response.ok) throw await failureOf(response);
    },
    onError: ({ error }) => offline(error),
  });
  return rest;
}

async function authorized(
  request: Request,
  tokens: TokenSource,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  const again = request.clone();
  const token = await tokens.access();
  const response = await send(withToken(request, token));
  if (response.status !== 401) return response;
  return send(withToken(again, await tokens.renew(token)));
}

function withToken(request: Request, token: string): Request {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

async function within(limit: number, request: Request, ports: Pick<Ports, 'fetch' | 'clock'>): Promise<Response> {
  const controller = new AbortController();
  const cancel = ports.clock.after(limit, () => {
    controller.abort(new PalomaError('offline', 'The server did not answer in time.'));
  });
  try {
    return await ports.fetch(request, { signal: controller.signal });
  } catch (error) {
    throw offline(error);
  } finally {
    cancel();
  }
}
