import type { Problem } from '../contracts.js';
import { PalomaError } from '../errors.js';

/** An answer that has arrived completely. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** `undefined` for a success. No failure ever holds a message's text: the parser's own error would quote it. */
export function failureOf({ status, headers, text }: Answer): PalomaError | undefined {
  const body = parsed(text);
  if (status >= 200 && status < 300) return text === '' || body !== undefined ? undefined : foreign();
  if (isProblem(body, status)) return new PalomaError('problem', body.detail, body);
  if (status === 429 || status >= 500) {
    const problem = gatewayProblem(status, headers.get('retry-after'));
    return new PalomaError('problem', problem.detail, problem);
  }
  // A 401 of a gateway or a proxy says nothing about the session.
  if (status === 401 || body === undefined) return foreign();
  return new PalomaError('unexpected', `The server answered ${String(status)} without a problem.`);
}

/** The failure of a call that another server than Paloma has answered, such as a hotel's network. */
export function foreign(): PalomaError {
  return new PalomaError('offline', 'The answer is not from the server.');
}

/** Whether the server itself says that a token, or the session, is not valid. */
export function isUnauthenticated(error: unknown): boolean {
  return error instanceof PalomaError && error.problem?.type === 'urn:paloma:problem:unauthenticated';
}

/** The failure of a call that got no answer. */
export function offline(cause: unknown): PalomaError {
  return cause instanceof PalomaError ? cause : new PalomaError('offline', 'No answer arrived.', undefined, { cause });
}

/**
 * Whether the browser hides why a call failed. It does so without a network, and also for the gateway's answer to an
 * expired token: API Gateway adds CORS headers to the answers of functions only.
 */
export function isUnexplained(error: unknown): boolean {
  return error instanceof PalomaError && error.cause instanceof TypeError;
}

/** The gateway answers without a function when it throttles or when the function does not answer. */
function gatewayProblem(status: number, retryAfter: string | null): Problem {
  if (status !== 429) {
    const detail = 'The server did not answer. Try again.';
    return { type: 'urn:paloma:problem:unavailable', title: 'Unavailable', status, detail };
  }
  const seconds = Number(retryAfter);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 1_000;
  const detail = 'There are too many requests now. Try again.';
  return { type: 'urn:paloma:problem:too-many-requests', title: 'Too many requests', status, detail, retryAfterMs };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown, statusOfAnswer: number): body is Problem {
  if (typeof body !== 'object' || body === null) return false;
  const { type, status, detail } = body as Partial<Record<keyof Problem, unknown>>;
  const isPaloma = typeof type === 'string' && type.startsWith('urn:paloma:problem:');
  return isPaloma && status === statusOfAnswer && typeof detail === 'string';
}
