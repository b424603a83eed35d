import type { Chat } from '../contracts.js';
import type { Rest } from '../parts.js';
import { readMoved, readPass } from './listing.js';

interface RefreshDeps {
  readonly rest: Rest;
  /** Takes a page of the list. */
  readonly take: (chats: readonly Chat[]) => void;
  /** The chats that a receipt of another device may have changed. */
  readonly unsettled: () => readonly Chat[];
}

/** Reads the list of chats: all of it the first time, and what may have changed after that. */
export class ListRefresh {
  readonly #deps: RefreshDeps;
  /** Of the last complete list. */
  #asOf: number | undefined;

  constructor(deps: RefreshDeps) {
    this.#deps = deps;
  }

  get isFirst(): boolean {
    return this.#asOf === undefined;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { rest, unsettled } = this.#deps;
    const seen = new Set<string>();
    const take = (chats: readonly Chat[]): boolean => {
      if (signal.aborted) return false;
      this.#deps.take(chats);
      for (const { chatId } of chats) seen.add(chatId);
      return true;
    };
    const since = this.#asOf;
    const asOf = await readMoved({ rest, signal, take }, since);
    // `since` lists chats with new messages. Marks and mutes of other devices show in the whole list alone.
    const goesOn = (chats: readonly Chat[]) => take(chats) && unsettled().some(({ chatId }) => !seen.has(chatId));
    if (since !== undefined) await readPass({ rest, signal, take: goesOn }, undefined);
    if (!signal.aborted) this.#asOf = asOf;
  }

  reset(): void {
    this.#asOf = undefined;
  }
}
