import { backoff, demandedWait } from '../backoff.js';
import { PalomaError } from '../errors.js';
import type { Link, OutboxRow, Tabs } from '../parts.js';
import type { Ports } from '../ports.js';
import type { StoredOutbox } from './outbox.js';
import type { OutboxState } from './state.js';

interface Surroundings {
  readonly tabs: Tabs;
  readonly link: Link;
  readonly ports: Ports;
  readonly outbox: StoredOutbox;
  readonly state: OutboxState;
}

/** The step after a try: the next row, a pause, or the end because this tab does not send any more. */
type Outcome =
  { readonly kind: 'next' } | { readonly kind: 'pause'; readonly least: number } | { readonly kind: 'end' };

/**
 * Sends the rows of the outbox, in the leading tab only. Each chat has one message in flight, because the server
 * numbers messages as they arrive. A chat that must wait blocks no other chat.
 */
export class Courier {
  readonly #running = new Set<string>();
  /** By chat: ends the pause after a failure. */
  readonly #pauses = new Map<string, () => void>();
  #endings: (() => void)[] = [];
  #closed = false;

  constructor(private readonly around: Surroundings) {}

  start(): void {
    if (this.#closed) return;
    const { tabs, link, ports, outbox } = this.around;
    const resume = () => {
      for (const end of [...this.#pauses.values()]) end();
      for (const chatId of this.around.state.queuedChats) this.wake(chatId);
    };
    this.#endings = [
      // News of the last leader may be lost with it: the stored rows count.
      tabs.leading.subscribe(() => void outbox.reload().then(resume)),
      link.opened.subscribe(resume),
      ports.online.subscribe(resume),
    ];
    resume();
  }

  /** A row of the chat may be ready to send. */
  wake(chatId: string): void {
    if (this.#running.has(chatId) || !this.#mayRun) return;
    this.#running.add(chatId);
    void this.#run(chatId);
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#endings) end();
    for (const end of [...this.#pauses.values()]) end();
  }

  get #mayRun(): boolean {
    return (
      !this.#closed && this.#endings.length > 0 && this.around.tabs.leading.value && this.around.ports.online.value
    );
  }

  async #run(chatId: string): Promise<void> {
    let failures = 0;
    while (this.#mayRun) {
      const row = this.around.state.next(chatId);
      if (!row) break;
      const outcome = await this.#try(row);
      if (outcome.kind === 'end') break;
      failures = outcome.kind === 'next' ? 0 : failures + 1;
      if (outcome.kind === 'pause') await this.#pause(chatId, failures, outcome.least);
    }
    this.#running.delete(chatId);
  }

  async #try(row: OutboxRow): Promise<Outcome> {
    const { outbox, link } = this.around;
    const marked = await outbox.markTried(row, true);
    if (!marked) return this.#lookAgain(row);
    if (!this.#mayRun) return { kind: 'end' };
    const { chatId, clientMessageId, content, replyTo } = marked;
    const delivery = { chatId, clientMessageId, content, ...(replyTo === undefined ? {} : { replyTo }) };
    const departure = this.#departure(clientMessageId);
    try {
      const accepted = await Promise.race([link.deliver(delivery), departure.promise]);
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

  async #pause(chatId: string, failures: number, least: number): Promise<void> {
    const { clock, random } = this.around.ports;
    const wait = (milliseconds: number) =>
      new Promise<void>((resolve) => {
        const cancel = clock.after(milliseconds, resolve);
        this.#pauses.set(chatId, () => {
          cancel();
          resolve();
        });
      });
    const due = clock.elapsed() + least;
    await wait(least + backoff(failures, random));
    // A new socket ends the pause, but not the wait that the server demands.
    while (!this.#closed && clock.elapsed() < due) await wait(due - clock.elapsed());
    this.#pauses.delete(chatId);
  }
}
