/** Waits between tries: full jitter, so that the clients of a server that was down do not return all at once. */
const FIRST = 1_000;
const LONGEST = 60_000;
/** The waits begin anew only after a socket has stayed open for this time: one that closes at once changes nothing. */
export const STABLE = 30_000;

export class Backoff {
  #failures = 0;

  constructor(private readonly random: () => number) {}

  /** The wait before the next try, in milliseconds. */
  next(): number {
    const longest = Math.min(LONGEST, FIRST * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    return this.random() * longest;
  }

  reset(): void {
    this.#failures = 0;
  }
}
