import type { PalomaError } from './errors.js';

const FIRST = 1_000;
const LONGEST = 60_000;

/**
 * Milliseconds until the next try after `failures` failures in a row: full jitter, so that the clients of a server that
 * restarts do not return all at once.
 */
export function backoff(failures: number, random: () => number): number {
  return random() * Math.min(LONGEST, FIRST * 2 ** (failures - 1));
}

/** The wait that the server demands, in milliseconds. The jitter comes on top. */
export function demandedWait(error: PalomaError | undefined): number {
  return error?.problem?.retryAfterMs ?? 0;
}
