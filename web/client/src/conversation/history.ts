import type { Message } from '../contracts.js';
import { PalomaError } from '../errors.js';
import { Value } from '../observable.js';
import type { Rest } from '../parts.js';
import type { Clock } from '../ports.js';
import { asPalomaError } from '../task.js';
import { PAGE, readPage, type Bounds, type Page } from './pages.js';
import * as timelines from './timeline.js';
import type { Timeline } from './timeline.js';

/** Rows of one page of history. */
const STEP = 50;
/** A larger gap is not filled page by page. */
const MAX_GAP = 500;
/** A window that grows beyond it loses rows at its other end. */
const MAX_ROWS = 3_000;
/** Own messages for which a catch-up asks the status again. */
const STATUSES = 50;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 3_000;

interface HistoryDeps {
  readonly rest: Rest;
  readonly clock: Clock;
  readonly chatId: string;
  /** Gets the messages of each page. */
  readonly onPage: (messages: readonly Message[]) => void;
}

export interface Loading {
  readonly older: boolean;
  readonly newer: boolean;
  readonly problem: PalomaError | undefined;
}

/** Loads the window of a conversation, page by page. */
export class History {
  readonly timeline: Value<Timeline>;
  readonly loading = new Value<Loading>({ older: false, newer: false, problem: undefined });
  readonly #deps: HistoryDeps;
  readonly #closed = new AbortController();
  readonly #loads = new Map<'older' | 'newer', Promise<void>>();

  constructor(deps: HistoryDeps, timeline: Timeline) {
    this.#deps = deps;
    this.timeline = new Value(timeline);
  }

  change(change: (timeline: Timeline) => Timeline): void {
    if (!this.#closed.signal.aborted) this.timeline.update(change);
  }

  close(): void {
    this.#closed.abort();
  }

  /** Opens the window where the user has stopped to read; at the end, if little or nothing is unread. */
  async placeAt(readSeq: number, signal: AbortSignal): Promise<void> {
    const unread = Math.max(0, this.timeline.value.lastSeq - readSeq);
    if (unread <= STEP && (await this.#placeNewest(signal, STEP + unread, readSeq))) return;
    const [before, after] = await Promise.all([
      this.#read({ before: readSeq + 1 }, STEP, signal),
      this.#read({ after: readSeq }, STEP, signal),
    ]);
    const messages = [...before.messages, ...after.messages];
    this.#place(messages, after, !after.hasMore, readSeq);
  }

  /**
   * Reads what the window misses, up to the end of the chat; and the status of own messages again, since a frame about
   * it may be lost. Returns false if too much is missing: then the window belongs elsewhere.
   */
  async catchUp(signal: AbortSignal): Promise<boolean> {
    let after = statusAnchor(this.timeline.value);
    for (let stalls = 0; this.timeline.value.following;) {
      const page = await this.#read({ after }, PAGE, signal);
      if (signal.aborted) return true;
      this.#absorb(page);
      const newest = timelines.newestOf(this.timeline.value);
      if (!page.hasMore && !timelines.hasGap(this.timeline.value)) return true;
      if (page.lastSeq - newest > MAX_GAP) return false;
      // A page may hold fewer messages than asked for: then it ends below the end of the window.
      const last = Math.min(newest, page.messages.at(-1)?.seq ?? after);
      stalls = last > after ? 0 : stalls + 1;
      // The answer may be older than the frame that showed the gap. After that, the server's index is behind its table.
      if (stalls > 1) await this.#pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (stalls - 2)));
      after = last;
    }
    return true;
  }

  /** Leaves the end of the chat: the user loads on. */
  leaveEnd(): void {
    this.change(timelines.detached);
  }

  loadOlder(): Promise<void> {
    const { base } = this.timeline.value;
    if (base === undefined || base === 0) return Promise.resolve();
    return this.#load('older', async (signal) => {
      const page = await this.#read({ before: base + 1 }, STEP, signal);
      this.#absorb(page);
      this.change((timeline) => timelines.withoutNewest(timeline, MAX_ROWS));
    });
  }

  loadNewer(): Promise<void> {
    if (!timelines.hasNewer(this.timeline.value)) return Promise.resolve();
    return this.#load('newer', async (signal) => {
      const page = await this.#read({ after: timelines.newestOf(this.timeline.value) }, STEP, signal);
      this.#absorb(page);
      this.change((timeline) => timelines.withoutOldest(timeline, MAX_ROWS));
    });
  }

  async jumpToEnd(): Promise<void> {
    // A page that is loading now may end before the newest message.
    for (let load = this.#loads.get('newer'); load; load = this.#loads.get('newer')) await load;
    if (!timelines.hasNewer(this.timeline.value)) return;
    await this.#load('newer', async (signal) => {
      await this.#placeNewest(signal, STEP);
    });
  }

  report(problem: PalomaError | undefined): void {
    this.#report({ problem });
  }

  /** With `readSeq`: does nothing and returns false if the page begins after the first unread message. */
  async #placeNewest(signal: AbortSignal, limit: number, readSeq = Infinity): Promise<boolean> {
    const page = await this.#read({}, limit, signal);
    const first = page.messages[0];
    if (first && first.seq > readSeq + 1) {
      this.change((timeline) => timelines.withLastSeq(timeline, page.lastSeq));
      return false;
    }
    this.#place(page.messages, page, true, page.lastSeq);
    return true;
  }

  #place(messages: readonly Message[], page: Page, following: boolean, emptyBase: number): void {
    const base = (messages[0]?.seq ?? emptyBase + 1) - 1;
    this.change((timeline) =>
      timelines.placed(timelines.withLastSeq(timeline, page.lastSeq), { base, messages, following }),
    );
  }

  #absorb(page: Page): void {
    this.change((timeline) => timelines.absorbed(timelines.withLastSeq(timeline, page.lastSeq), page.messages));
  }

  /** Single flight for each direction. A failure is in `loading`. */
  #load(direction: 'older' | 'newer', work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const running = this.#loads.get(direction);
    if (running) return running;
    this.#report({ [direction]: true, problem: undefined });
    const load = work(this.#closed.signal)
      .then(() => undefined, asPalomaError)
      .then((problem) => {
        this.#loads.delete(direction);
        this.#report({ [direction]: false, problem });
      });
    this.#loads.set(direction, load);
    return load;
  }

  #report(change: Partial<Loading>): void {
    if (!this.#closed.signal.aborted) this.loading.update((loading) => ({ ...loading, ...change }));
  }

  async #read(bounds: Bounds, limit: number, signal: AbortSignal): Promise<Page> {
    const page = await readPage(this.#deps.rest, this.#deps.chatId, bounds, Math.min(limit, PAGE), signal);
    if (!signal.aborted) this.#deps.onPage(page.messages);
    return page;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#deps.clock.after(milliseconds, resolve));
  }
}

/** The seq before the oldest own message that is not read yet, at most {@link STATUSES} back. */
function statusAnchor(timeline: Timeline): number {
  const recent = timeline.messages.slice(-STATUSES);
  const open = recent.find(({ senderId, seq }) => senderId === timeline.me && seq > timeline.ticks.read);
  return open ? open.seq - 1 : timelines.newestOf(timeline);
}
