import type { Clock } from '../../src/ports.js';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that tests advance. */
export class TestClock implements Clock {
  /** Added to `now`: the user sets the clock. */
  offset = 0;
  #elapsed = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#elapsed + this.offset;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#elapsed + milliseconds, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs the timers of this time, and all promises that settle meanwhile. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    for (;;) {
      await settled();
      const next = this.#timers.sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#timers.shift();
      this.#elapsed = next.at;
      next.run();
    }
    this.#elapsed = end;
  }
}

/** All promises that wait for no timer have settled. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
