import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Ports } from '../ports.js';
import { type Answer, failureOf, isUnauthenticated, isUnexplained, offline } from './failures.js';

/** Time limit for an answer. The functions have at most 29 s, but a user does not wait that long. */
const TIME_LIMIT = 15_000;

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE']);

/** The access token of the session. */
export interface TokenSource {
  /** A token that is valid for a while. */
  access(): Promise<string>;
  /** Another token, after the server rejected `rejected`. */
  renew(rejected: string): Promise<string>;
  /**
   * Another token, after a call with `token` got no answer. `undefined` if the token is not the reason, as far as the
   * library can know.
   */
  renewIfDoubtful(token: string): Promise<string | undefined>;
  /** The server rejected `rejected` although it was new: the session has ended. */
  refused(rejected: string): Promise<void>;
}

/** Calls of the API. Every failure is thrown as a PalomaError. `tokens` is absent for the calls without a session. */
export function createRest(apiUrl: string, ports: Pick<Ports, 'fetch' | 'clock'>, tokens?: TokenSource): Client<paths> {
  const send = (request: Request) => within(TIME_LIMIT, request, ports);
  const rest = createClient<paths>({
    baseUrl: apiUrl,
    fetch: async (request) => responseOf(await (tokens ? authorized(request, tokens, send) : send(request))),
  });
  rest.use({ onError: ({ error }) => offline(error) });
  return rest;
}

function responseOf(answer: Answer): Response {
  const failure = failureOf(answer);
  if (failure) throw failure;
  const { text, status, headers } = answer;
  return new Response(text === '' ? null : text, { status, headers });
}

async function authorized(
  request: Request,
  tokens: TokenSource,
  send: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  const again = request.clone();
  const token = await tokens.access();
  const repeat = async (renewed: string) => {
    const second = await send(withToken(again, renewed));
    if (second.status !== 401 || !isUnauthenticated(failureOf(second))) return second;
    await tokens.refused(renewed);
    throw new PalomaError('signedOut', 'The session has ended.');
  };
  try {
    const first = await send(withToken(request, token));
    if (first.status !== 401) return first;
  } catch (error) {
    const renewed = isUnexplained(error) ? await tokens.renewIfDoubtful(token) : undefined;
    // The server may have done the rest, although its answer is lost.
    if (renewed === undefined || !IDEMPOTENT.has(request.method)) throw error;
    return repeat(renewed);
  }
  return repeat(await tokens.renew(token));
}

function withToken(request: Request, token: string): Request {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/**
 * The whole answer, within the limit and until the caller aborts: a network may also fail between the head and the
 * body.
 */
async function within(limit: number, request: Request, ports: Pick<Ports, 'fetch' | 'clock'>): Promise<Answer> {
  const controller = new AbortController();
  const cancel = ports.clock.after(limit, () => {
    controller.abort(new PalomaError('offline', 'The server did not answer in time.'));
  });
  // `AbortSignal.any` would do the same, but Node never frees its signal while a listener is left.
  const abort = () => {
    controller.abort(request.signal.reason);
  };
  if (request.signal.aborted) abort();
  request.signal.addEventListener('abort', abort);
  try {
    const response = await ports.fetch(request, { signal: controller.signal });
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  } catch (error) {
    throw offline(error);
  } finally {
    cancel();
    request.signal.removeEventListener('abort', abort);
  }
}
