import { backoff, demandedWait } from './backoff.js';
import { PalomaError } from './errors.js';
import type { Clock } from './ports.js';

export interface TaskPorts {
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Work that runs at most once at a time. After a transient failure it runs again, later each time, with full jitter.
 * A permanent failure ends it until the next `run`.
 */
export class Task {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  readonly #report: (problem: PalomaError | undefined) => void;
  readonly #ports: TaskPorts;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #cancelWait: (() => void) | undefined;

  /** `report` gets the failure of each run, and `undefined` after a success. */
  constructor(
    work: (signal: AbortSignal) => Promise<void>,
    report: (problem: PalomaError | undefined) => void,
    ports: TaskPorts,
  ) {
    this.#work = work;
    this.#report = report;
    this.#ports = ports;
  }

  /** Runs the work. During a run, it asks for one more. Resolves after the next end of the work, successful or not. */
  run(): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.resolve();
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    if (this.#running) this.#again = true;
    this.#running ??= this.#loop();
    return this.#running;
  }

  /** Runs the work, unless it runs already or waits for the next try. */
  start(): void {
    if (!this.#running && !this.#cancelWait) void this.run();
  }

  /** Ends the task for good. A run in progress sees it in its signal. */
  stop(): void {
    this.#stopped.abort();
    this.#cancelWait?.();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopped;
    do {
      this.#again = false;
      const problem = await this.#work(signal).then(() => undefined, asPalomaError);
      if (signal.aborted) break;
      this.#failures = problem ? this.#failures + 1 : 0;
      this.#report(problem);
      if (problem?.transient && !this.#again) this.#runLater(problem);
    } while (this.#again);
    this.#running = undefined;
  }

  #runLater(problem: PalomaError): void {
    const { clock, random } = this.#ports;
    this.#cancelWait?.();
    this.#cancelWait = clock.after(demandedWait(problem) + backoff(this.#failures, random), () => void this.run());
  }
}

/** Every failure of a call is a PalomaError; anything else is a fault of this library. */
export function asPalomaError(error: unknown): PalomaError {
  if (error instanceof PalomaError) return error;
  return new PalomaError('unexpected', 'The library failed.', undefined, { cause: error });
}
