import type { Message } from '../contracts.js';
import { PalomaError } from '../errors.js';
import { Value } from '../observable.js';
import type { Rest } from '../parts.js';
import type { Clock } from '../ports.js';
import { asPalomaError } from '../task.js';
import { PAGE, readPage, type Bounds, type Page } from './pages.js';
import * as changes from './changes.js';
import * as timelines from './timeline.js';
import { lacksQuote } from './quotes.js';
import type { Timeline } from './timeline.js';
import { nextAfter, opened, visibleBetween } from './windows.js';

/** Rows of one page of history. */
const STEP = 50;
/** A larger gap is not filled page by page. */
const MAX_GAP = 500;
/** A window that grows beyond it loses rows at its other end. */
const MAX_ROWS = 3_000;
/** Own messages for which a catch-up asks the status again. */
const STATUSES = 50;
/** Answers without progress after which a change counts as invisible for this user. */
const MAX_STALLS = 4;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 3_000;

interface HistoryDeps {
  readonly rest: Rest;
  readonly clock: Clock;
  readonly chatId: string;
  readonly isDirect: () => boolean;
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
  /** Seqs of answers that were read again for their quotes. */
  readonly #requoted = new Set<number>();

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
    const { windows, lastSeq } = this.timeline.value;
    const unread = visibleBetween(windows, readSeq, lastSeq);
    if (unread <= STEP && (await this.#placeNewest(signal, STEP + unread, readSeq))) return;
    const [before, after] = await Promise.all([
      this.#read({ before: readSeq + 1 }, STEP, signal),
      this.#read({ after: readSeq }, STEP, signal),
    ]);
    const messages = [...before.messages, ...after.messages];
    const changeSeq = Math.min(before.changeSeq, after.changeSeq);
    this.#place(messages, { ...after, changeSeq }, !after.hasMore, readSeq);
  }

  /**
   * Reads what the window misses, up to the end of the chat, with all changes of what it has; and the status of own
   * messages again, since a frame about it may be lost. `far`: too much is missing, so the window belongs elsewhere.
   * `reset`: the changes are not kept any more, so the window must be read again.
   *
   * @param frozen The user is a former member or a blocker: the changes of the server end with that time, but what was
   * deleted since is gone from its pages, so the window is read again.
   */
  async catchUp(signal: AbortSignal, frozen: boolean): Promise<'done' | 'far' | 'reset'> {
    let after = frozen ? (this.timeline.value.base ?? 0) : statusAnchor(this.timeline.value);
    for (let stalls = 0; ;) {
      const cursor = this.timeline.value.changeSeq ?? 0;
      const page = await this.#readChanges({ after, changedAfter: cursor }, frozen, signal);
      if (signal.aborted) return 'done';
      if (page.reset) return 'reset';
      const isComplete = !page.hasMore && !timelines.hasGap(this.timeline.value);
      const hasChanges = !page.hasMoreChanges && !changes.isBehind(this.timeline.value);
      if (hasChanges && (isComplete || !this.timeline.value.following)) return 'done';
      const newest = timelines.newestOf(this.timeline.value);
      const { following, windows } = this.timeline.value;
      if (following && visibleBetween(windows, newest, page.lastSeq) > MAX_GAP) return 'far';
      // A page may hold fewer messages than asked for: then it ends below the end of the window.
      const last = Math.min(newest, page.messages.at(-1)?.seq ?? after);
      const isMoving = last > after || (this.timeline.value.changeSeq ?? 0) > cursor;
      stalls = isMoving ? 0 : stalls + 1;
      if (stalls > MAX_STALLS) this.change(changes.settled);
      // The answer may be older than the frame that showed the gap. After that, the server's index is behind its table.
      if (stalls > 1) await this.#pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (stalls - 2)));
      after = Math.max(last, after);
    }
  }

  /** Whether answers came as frames, which have no quotes, and the answered messages are not here. */
  get lacksQuotes(): boolean {
    return this.#unquoted.length > 0;
  }

  /** Reads answers again that lack their quotes. */
  async completeQuotes(signal: AbortSignal): Promise<void> {
    for (const { seq } of this.#unquoted) {
      const page = await this.#read({ after: seq - 1 }, 1, signal);
      if (signal.aborted) return;
      this.#requoted.add(seq);
      this.#absorb(page);
    }
  }

  get #unquoted(): readonly Message[] {
    const { base, messages } = this.timeline.value;
    if (base === undefined) return [];
    return messages.filter((message) => lacksQuote(message) && !this.#requoted.has(message.seq));
  }

  /** Leaves the end of the chat: the user loads on. */
  leaveEnd(): void {
    this.change(timelines.detached);
  }

  loadOlder(): Promise<void> {
    const { base } = this.timeline.value;
    if (base === undefined || !timelines.hasOlder(this.timeline.value)) return Promise.resolve();
    return this.#load('older', async (signal) => {
      const page = await this.#read({ before: base + 1 }, STEP, signal);
      this.#absorb(page);
      if (page.messages.length === 0 && !page.hasMore) this.change(timelines.atStart);
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

  /** Whether the window has the message now. */
  async showAround(seq: number): Promise<boolean> {
    const isHere = () => this.timeline.value.messages.some((message) => message.seq === seq && !message.hidden);
    if (isHere()) return true;
    // A page that is loading now belongs to the window that ends here.
    for (const load of this.#loads.values()) await load;
    await this.#load('older', (signal) => this.placeAt(seq, signal));
    return isHere();
  }

  report(problem: PalomaError | undefined): void {
    this.#report({ problem });
  }

  /** With `readSeq`: does nothing and returns false if the page begins after the first unread message. */
  async #placeNewest(signal: AbortSignal, limit: number, readSeq = Infinity): Promise<boolean> {
    const page = await this.#read({}, limit, signal);
    const first = page.messages[0];
    if (first && nextAfter(this.timeline.value.windows, readSeq) < first.seq) {
      this.change((timeline) => timelines.withLastSeq(timeline, page.lastSeq));
      return false;
    }
    this.#place(page.messages, page, true, page.lastSeq);
    return true;
  }

  #place(messages: readonly Message[], page: Page, following: boolean, emptyBase: number): void {
    const base = (messages[0]?.seq ?? emptyBase + 1) - 1;
    this.change((timeline) =>
      timelines.placed(timelines.withLastSeq(timeline, page.lastSeq), {
        ...{ base, messages, following, changeSeq: page.changeSeq },
      }),
    );
  }

  #absorb(page: Page): void {
    this.change((timeline) =>
      timelines.absorbed(changes.asOldAs(timelines.withLastSeq(timeline, page.lastSeq), page.changeSeq), page.messages),
    );
  }

  /** Reads a page, and changes. A window before the end of the chat takes the changes alone, unless it is frozen. */
  async #readChanges(
    bounds: { after: number; changedAfter: number },
    frozen: boolean,
    signal: AbortSignal,
  ): Promise<Page> {
    const page = await this.#read(bounds, PAGE, signal);
    if (signal.aborted || page.reset) return page;
    this.change((timeline) => {
      const next = changes.caughtUp(timelines.withLastSeq(timeline, page.lastSeq), bounds.changedAfter, page);
      return next.following || frozen ? timelines.absorbed(next, page.messages) : next;
    });
    return page;
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
    const { rest, chatId, isDirect } = this.#deps;
    const asked = this.timeline.value.ticks;
    const page = await readPage(rest, chatId, bounds, Math.min(limit, PAGE), signal);
    if (signal.aborted) return page;
    const windows = isDirect() ? opened(page.windows) : page.windows;
    this.change((timeline) => changes.withHidden(timelines.withWindows(timeline, windows), page.hidden ?? []));
    if (isDirect()) this.change((timeline) => timelines.withStatuses(timeline, page.messages, asked));
    this.#deps.onPage(page.messages);
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
