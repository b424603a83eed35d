import type { Message, OwnReaction } from '../contracts.js';
import { Value } from '../observable.js';
import type { Clock } from '../ports.js';
import { mineIn, type PendingReaction } from './reactions.js';

/** Summaries of this time after an answer may be older than it, in milliseconds. */
const GRACE = 10_000;

interface Entry {
  /** As it shows, with the user's reaction and the version of the message before all calls. */
  shown: PendingReaction;
  /** The reaction of the last call, until its answer. */
  wish: { readonly emoji: string | null } | undefined;
  /** The last answer, until a summary has it. */
  accepted: { readonly emoji: string | null; readonly at: number } | undefined;
  /** Whether an answer differed from the reaction before all calls, so that summaries of it may be on their way. */
  moved: boolean;
  /** One call after the other, so that the last one counts. */
  turn: Promise<void>;
}

interface PendingReactionsDeps {
  readonly me: string;
  readonly clock: Clock;
  /** The message as this tab knows it. */
  readonly find: (messageId: string) => Message | undefined;
}

/**
 * The user's reactions that no summary of the server has yet: those on their way, and those that are accepted. Their
 * rows show them at once, and do not go back between the answer and the summary.
 */
export class PendingReactions {
  /** By message. */
  readonly all = new Value<ReadonlyMap<string, PendingReaction>>(new Map());
  readonly #deps: PendingReactionsDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #timers = new Set<() => void>();

  constructor(deps: PendingReactionsDeps) {
    this.#deps = deps;
  }

  /**
   * Shows the reaction, and makes the call after the earlier ones of the message. A later call replaces one that waits.
   * If the call fails, the last accepted reaction shows again.
   */
  async during(message: Message, emoji: string | null, call: () => Promise<OwnReaction>): Promise<void> {
    const { messageId } = message;
    const entry = this.#entries.get(messageId) ?? newEntry(message, this.#deps.me);
    const wish = { emoji };
    entry.wish = wish;
    this.#entries.set(messageId, entry);
    this.#show();
    const turn = entry.turn.then(async () => {
      if (entry.wish === wish) await this.#run(entry, call);
    });
    entry.turn = turn.catch(() => undefined);
    return turn;
  }

  /** Ends what the summaries have. Call it after each change of the messages. */
  settle(): void {
    for (const [id, entry] of this.#entries) if (this.#isSettled(id, entry)) this.#entries.delete(id);
    this.#show();
  }

  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  async #run(entry: Entry, call: () => Promise<OwnReaction>): Promise<void> {
    const { wish } = entry;
    try {
      const { emoji } = await call();
      entry.accepted = { emoji: emoji ?? null, at: this.#deps.clock.elapsed() };
      entry.moved ||= entry.accepted.emoji !== entry.shown.before;
      this.#settleLater();
    } finally {
      if (entry.wish === wish) entry.wish = undefined;
      this.settle();
    }
  }

  #settleLater(): void {
    const cancel = this.#deps.clock.after(GRACE, () => {
      this.#timers.delete(cancel);
      this.settle();
    });
    this.#timers.add(cancel);
  }

  /** A summary that differs may be of another device, or older than the answer. */
  #isSettled(messageId: string, { shown, wish, accepted, moved }: Entry): boolean {
    if (wish) return false;
    const message = this.#deps.find(messageId);
    if (!accepted || !moved || !message) return true;
    const isOver = this.#deps.clock.elapsed() - accepted.at >= GRACE;
    if ((message.version ?? 0) > shown.version) return isOver || mineIn(message, this.#deps.me) === accepted.emoji;
    return isOver && accepted.emoji === shown.before;
  }

  #show(): void {
    for (const entry of this.#entries.values()) {
      const { emoji } = entry.wish ?? entry.accepted ?? { emoji: entry.shown.before };
      if (emoji !== entry.shown.emoji) entry.shown = { ...entry.shown, emoji };
    }
    const before = this.all.value;
    const isSame =
      before.size === this.#entries.size && [...this.#entries].every(([id, { shown }]) => before.get(id) === shown);
    if (!isSame) this.all.set(new Map([...this.#entries].map(([id, { shown }]) => [id, shown])));
  }
}

function newEntry(message: Message, me: string): Entry {
  const before = mineIn(message, me);
  const shown = { emoji: before, before, version: message.version ?? 0 };
  return { shown, wish: undefined, accepted: undefined, moved: false, turn: Promise.resolve() };
}
