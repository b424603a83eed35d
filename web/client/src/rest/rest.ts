import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Ports } from '../ports.js';
import { assertJson, failureOf, offline } from './failures.js';

/** Time limit for an answer. The functions have at most 29 s, but a user does not wait that long. */
const TIME_LIMIT = 15_000;

/** The access token of the session. */
export interface TokenSource {
  /** A token that is valid for a while. */
  access(): Promise<string>;
  /** Another token, after the server rejected `rejected`. */
  renew(rejected: string): Promise<string>;
  /** A call with this token failed without an answer. Returns a newer one, if there is one. */
  suspect(token: string): Promise<string | undefined>;
  /** The server rejected `rejected` although it was new: the session has ended. */
  refused(rejected: string): Promise<void>;
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
      await assertJson(response);
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
  const response = await send(withToken(request, token)).catch(async (error: unknown) => {
    const other = mayHideAnswer(error) ? await tokens.suspect(token) : undefined;
    // The server may have done what the call asks for: only a call that changes nothing is repeated here.
    if (other === undefined || again.method !== 'GET') throw error;
    return send(withToken(again, other));
  });
  if (response.status !== 401 || again.bodyUsed) return response;
  const renewed = await tokens.renew(token);
  const second = await send(withToken(again, renewed));
  if (second.status === 401) await tokens.refused(renewed);
  return second;
}

/**
 * Whether the server may have answered all the same. API Gateway rejects a token without CORS headers, and a browser
 * reports such an answer as a failed connection. A call that took too long has had no answer.
 */
function mayHideAnswer(error: unknown): boolean {
  return error instanceof PalomaError && error.kind === 'offline' && error.cause !== undefined;
}

function withToken(request: Request, token: string): Request {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/** The whole answer, within the limit: a network may also fail between the head and the body. */
async function within(limit: number, request: Request, ports: Pick<Ports, 'fetch' | 'clock'>): Promise<Response> {
  const controller = new AbortController();
  const cancel = ports.clock.after(limit, () => {
    controller.abort(new PalomaError('offline', 'The server did not answer in time.'));
  });
  try {
    const response = await ports.fetch(request, { signal: controller.signal });
    const body = await response.arrayBuffer();
    return new Response(body.byteLength === 0 ? null : body, response);
  } catch (error) {
    throw offline(error);
  } finally {
    cancel();
  }
}
