import { PalomaError } from '../errors.js';
import type { Link, OutboxRow, Tabs } from '../parts.js';
import type { Ports } from '../ports.js';
import { backoff, demandedWait } from './backoff.js';
import type { StoredOutbox } from './outbox.js';
import type { OutboxState } from './state.js';

interface Surroundings {
  readonly tabs: Tabs;
  readonly link: Link;
  readonly ports: Ports;
  readonly outbox: StoredOutbox;
  readonly state: OutboxState;
}

/** What follows a try: the next row, a pause, or the end because the session has ended. */
type Outcome = { readonly kind: 'next' } | { readonly kind: 'pause'; readonly least: number } | { readonly kind: 'end' };

/**
 * Sends the rows of the outbox, in the leading tab only. Each chat has one message in flight, because the server
 * numbers messages as they arrive. A chat that must wait blocks no other chat.
 */
export class Courier {
  /** The chats that are being sent. A new set for each start, so that runs from before a stop end. */
  #running: Set<string> | undefined;
  /** By chat: ends the pause after a failure. */
  readonly #pauses = new Map<string, () => void>();
  #endings: (() => void)[] = [];

  constructor(private readonly around: Surroundings) {}

  start(): void {
    this.stop();
    this.#running = new Set();
    const { tabs, link, ports, outbox } = this.around;
    const resume = () => {
      for (const end of [...this.#pauses.values()]) end();
      for (const chatId of this.around.state.queuedChats) this.wake(chatId);
    };
    this.#endings = [
      // News of the last leader may be lost with it: what is stored counts.
      tabs.leading.subscribe(() => void outbox.reload().then(resume)),
      link.opened.subscribe(resume),
      ports.online.subscribe(resume),
    ];
    resume();
  }

  stop(): void {
    this.#running = undefined;
    for (const end of this.#endings.splice(0)) end();
    for (const end of [...this.#pauses.values()]) end();
  }

  /** A row of the chat may be ready to send. */
  wake(chatId: string): void {
    const running = this.#running;
    if (!running || running.has(chatId) || !this.#mayRun(running)) return;
    running.add(chatId);
    void this.#run(chatId, running);
  }

  #mayRun(running: Set<string>): boolean {
    return running === this.#running && this.around.tabs.leading.value && this.around.ports.online.value;
  }

  async #run(chatId: string, running: Set<string>): Promise<void> {
    let failures = 0;
    while (this.#mayRun(running)) {
      const row = this.around.state.next(chatId);
      if (!row) break;
      const outcome = await this.#try(row, running);
      if (outcome.kind === 'end') break;
      failures = outcome.kind === 'next' ? 0 : failures + 1;
      if (outcome.kind === 'pause') await this.#pause(chatId, running, backoffOf(outcome, failures, this.around.ports));
    }
    running.delete(chatId);
  }

  async #try(row: OutboxRow, running: Set<string>): Promise<Outcome> {
    const { outbox, link } = this.around;
    const marked = await outbox.markTried(row, true);
    if (!marked) return this.#lookAgain(row);
    if (!this.#mayRun(running)) return { kind: 'end' };
    const { chatId, clientMessageId, content } = marked;
    const departure = this.#departure(clientMessageId);
    try {
      const accepted = await Promise.race([link.deliver({ chatId, clientMessageId, content }), departure.promise]);
      if (accepted) await outbox.settle(marked, accepted);
      return { kind: 'next' };
    } catch (error) {
      return await this.#failed(row, error instanceof PalomaError ? error : undefined);
    } finally {
      departure.end();
    }
  }

  /** Another tab has removed or changed the row. */
  async #lookAgain(row: OutboxRow): Promise<Outcome> {
    await this.around.outbox.reload();
    return this.around.state.next(row.chatId) === row ? { kind: 'pause', least: 0 } : { kind: 'next' };
  }

  async #failed(row: OutboxRow, error: PalomaError | undefined): Promise<Outcome> {
    if (error?.kind === 'signedOut') return { kind: 'end' };
    const { problem } = error ?? {};
    if (!problem || error?.transient || problem.status === 401) {
      // A rate limit is an answer: this try has not reached the chat.
      if (problem?.status === 429 && !row.tried) await this.around.outbox.markTried(row, false);
      return { kind: 'pause', least: demandedWait(error) };
    }
    await this.around.outbox.fail(row, problem);
    return { kind: 'next' };
  }

  /** Resolves when a page or a frame has proved that the message was accepted: then no ack is needed. */
  #departure(clientMessageId: string): { promise: Promise<undefined>; end: () => void } {
    const { state } = this.around;
    let end = (): void => undefined;
    const promise = new Promise<undefined>((resolve) => {
      end = state.entries.subscribe(() => {
        if (!state.get(clientMessageId)) resolve(undefined);
      });
    });
    return { promise, end };
  }

  async #pause(chatId: string, running: Set<string>, { least, total }: Pause): Promise<void> {
    const { clock } = this.around.ports;
    const wait = (milliseconds: number) =>
      new Promise<void>((resolve) => {
        const cancel = clock.after(milliseconds, resolve);
        this.#pauses.set(chatId, () => {
          cancel();
          resolve();
        });
      });
    const due = clock.elapsed() + least;
    await wait(total);
    // A new socket ends the pause, but not the wait that the server demands.
    while (running === this.#running && clock.elapsed() < due) await wait(due - clock.elapsed());
    if (running === this.#running) this.#pauses.delete(chatId);
  }
}

interface Pause {
  readonly least: number;
  readonly total: number;
}

function backoffOf({ least }: { least: number }, failures: number, { random }: Ports): Pause {
  return { least, total: backoff(failures, random, least) };
}
