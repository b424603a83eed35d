import { backoff, demandedWait } from '../backoff.js';
import type { ClientFrame, Problem } from '../contracts.js';
import { Emitter, type Readable } from '../observable.js';
import type { Link, Tabs, Topic } from '../parts.js';
import type { Clock } from '../ports.js';
import { asPalomaError } from '../task.js';
import {
  flushed,
  isOpen,
  withConfirmed,
  withDropped,
  withUnsent,
  withWanted,
  withoutSent,
  type Mark,
  type Marks,
} from './marks.js';

/** Wait before a frame, so that `read` replaces a `delivered` of the same moment. */
const DELAY = 100;
/** Least time between two frames of a chat. */
const INTERVAL = 1_000;
/** The failure of a frame arrives within this time: functions have at most 29 s. */
const ANSWER_LIMIT = 30_000;

/** A mark of this browser. */
interface MarkMoved extends Partial<Mark> {
  readonly chatId: string;
  /** The ordinal of the message that was read. */
  readonly count?: number;
}

const MOVED: Topic<MarkMoved> = { name: 'mark' };
const WANTED: Topic<undefined> = { name: 'marks?' };

/** How far the user has read a chat in this browser, with the ordinal of that message. */
interface Reading {
  readonly seq: number;
  readonly count: number | undefined;
}

interface ReceiptsDeps {
  readonly link: Pick<Link, 'send' | 'request' | 'failures' | 'isOpen'>;
  readonly tabs: Tabs;
  readonly clock: Clock;
  readonly random: () => number;
  readonly me: Readable<string | undefined>;
}

/**
 * Sends the receipts of this browser. Every tab knows all marks, and the leading tab sends them, so that no mark is
 * lost with a tab.
 */
export class Receipts {
  /** Messages that the user has read in this browser, in any of its tabs. */
  readonly read = new Emitter<Reading & { readonly chatId: string }>();
  readonly #deps: ReceiptsDeps;
  readonly #timers = new Map<string, () => void>();
  readonly #sentAt = new Map<string, number>();
  /** By chat: failures in a row. Receipts of these chats carry an id, so that their answers name them. */
  readonly #failures = new Map<string, number>();
  readonly #readings = new Map<string, Reading>();
  #marks: Marks = new Map();

  constructor(deps: ReceiptsDeps) {
    this.#deps = deps;
    deps.tabs.on(MOVED, (moved) => this.#move(moved));
    deps.tabs.on(WANTED, () => this.#tell());
    deps.link.failures.subscribe((problem) => this.#failed(problem));
    deps.tabs.leading.subscribe((leading) => leading && this.#scheduleAll());
  }

  /**
   * Asks the other tabs for marks that the server may not know yet: the list of a new tab lacks them, and no frame
   * brings them, since the socket that sent them is the browser's own.
   */
  start(): void {
    this.#deps.tabs.post(WANTED, undefined);
  }

  /** A message of another user arrived in this tab alone: with a page or a list. */
  delivered(chatId: string, seq: number): void {
    if (this.#move({ chatId, delivered: seq })) this.#deps.tabs.post(MOVED, { chatId, delivered: seq });
  }

  /** A message of another user arrived by socket, so all tabs know it. */
  heard(chatId: string, seq: number): void {
    this.#move({ chatId, delivered: seq });
  }

  /** The user has read everything up to this message of another user, with its ordinal. */
  readUpTo(chatId: string, seq: number, count: number): void {
    if (this.#move({ chatId, read: seq, count })) this.#deps.tabs.post(MOVED, { chatId, read: seq, count });
  }

  /** The server showed the user's marks in a chat. */
  confirmed(chatId: string, mark: Mark): void {
    this.#marks = withConfirmed(this.#marks, chatId, mark);
  }

  /** Marks of an earlier visit, which may not have reached the server. */
  restore(chatId: string, mark: Mark): void {
    this.#marks = withWanted(this.#marks, chatId, mark);
  }

  /** `undefined` if the user has read nothing there in this browser since the tab was opened. */
  reading(chatId: string): Reading | undefined {
    return this.#readings.get(chatId);
  }

  isOpen(chatId: string): boolean {
    return isOpen(this.#marks, chatId);
  }

  /** After the list of a new socket: sends the marks again that the server does not show. */
  resend(): void {
    this.#failures.clear();
    this.#marks = withoutSent(this.#marks);
    this.#scheduleAll();
  }

  reset(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#sentAt.clear();
    this.#failures.clear();
    this.#readings.clear();
    this.#marks = new Map();
  }

  #tell(): void {
    for (const [chatId, { wanted }] of this.#marks) {
      const count = this.#readings.get(chatId)?.count;
      if (this.isOpen(chatId))
        this.#deps.tabs.post(MOVED, { chatId, ...wanted, ...(count !== undefined && { count }) });
    }
  }

  #move({ chatId, count, ...mark }: MarkMoved): boolean {
    const marks = withWanted(this.#marks, chatId, mark);
    if (marks === this.#marks || this.#deps.me.value === undefined) return false;
    this.#marks = marks;
    if (mark.read !== undefined && mark.read > (this.#readings.get(chatId)?.seq ?? 0)) {
      this.#readings.set(chatId, { seq: mark.read, count });
      this.read.emit({ chatId, seq: mark.read, count });
    }
    this.#schedule(chatId);
    return true;
  }

  #scheduleAll(): void {
    for (const chatId of this.#marks.keys()) this.#schedule(chatId);
  }

  #schedule(chatId: string, least = DELAY): void {
    if (this.#timers.has(chatId) || !this.#canSend() || !this.isOpen(chatId)) return;
    const { clock } = this.#deps;
    const next = (this.#sentAt.get(chatId) ?? -INTERVAL) + INTERVAL;
    const wait = Math.max(least, next - clock.elapsed());
    this.#timers.set(
      chatId,
      clock.after(wait, () => this.#flush(chatId)),
    );
  }

  #flush(chatId: string): void {
    this.#timers.delete(chatId);
    if (!this.#canSend()) return;
    const { marks, frame } = flushed(this.#marks, chatId);
    if (frame === undefined) return;
    this.#marks = marks;
    this.#sentAt.set(chatId, this.#deps.clock.elapsed());
    if (this.#failures.has(chatId)) void this.#ask(chatId, frame);
    else this.#deps.link.send(frame);
    // The next frame, if one is due: `delivered` beyond what was read.
    if (flushed(marks, chatId).frame) this.#schedule(chatId);
  }

  /** A receipt has no id, so its failure does not name it: each one that may have failed is sent again, with an id. */
  #failed(problem: Problem): void {
    const now = this.#deps.clock.elapsed();
    const recent = [...this.#sentAt].filter(([, sentAt]) => now - sentAt < ANSWER_LIMIT).map(([chatId]) => chatId);
    for (const chatId of recent) if (this.isOpen(chatId)) this.#retry(chatId, problem.retryAfterMs ?? 0);
  }

  async #ask(chatId: string, frame: ClientFrame): Promise<void> {
    const failure = await this.#deps.link.request(frame).then((result) => {
      if ('readSeq' in result) this.confirmed(chatId, { delivered: result.deliveredSeq, read: result.readSeq });
    }, asPalomaError);
    if (failure?.transient) this.#retry(chatId, demandedWait(failure));
    else this.#failures.delete(chatId);
    if (failure?.kind === 'problem' && !failure.transient) this.#marks = withDropped(this.#marks, chatId);
  }

  #retry(chatId: string, least: number): void {
    const failures = (this.#failures.get(chatId) ?? 0) + 1;
    this.#failures.set(chatId, failures);
    this.#marks = withUnsent(this.#marks, chatId);
    this.#schedule(chatId, least + backoff(failures, this.#deps.random));
  }

  #canSend(): boolean {
    return this.#deps.tabs.leading.value && this.#deps.link.isOpen.value;
  }
}
