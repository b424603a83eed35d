import type { PalomaError } from '../errors.js';

const FIRST = 1_000;
const LONGEST = 60_000;

/**
 * Milliseconds until the next try after `failures` failures in a row: full jitter, so that the clients of a server that
 * restarts come back one by one. The server's own `retryAfterMs` is the least.
 */
export function backoff(failures: number, random: () => number, least = 0): number {
  return least + random() * Math.min(LONGEST, FIRST * 2 ** (failures - 1));
}

/** The wait that the server demands, and that no new socket shortens. */
export function demandedWait(error: PalomaError | undefined): number {
  return error?.problem?.retryAfterMs ?? 0;
}
