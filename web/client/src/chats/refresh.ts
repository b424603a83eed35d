import type { Chat } from '../contracts.js';
import { DELETE_LIMIT } from '../message-rules.js';
import type { Readable } from '../observable.js';
import type { Rest } from '../parts.js';
import type { Receipts } from '../receipts/receipts.js';
import { readMoved, readPass, readRequests } from './listing.js';
import { unreadOf } from './unread.js';

interface RefreshDeps {
  readonly rest: Rest;
  /** Takes a page of the list. */
  readonly take: (chats: readonly Chat[]) => void;
  readonly chats: Readable<ReadonlyMap<string, Chat>>;
  readonly receipts: Pick<Receipts, 'isOpen'>;
  /** Gets a request that is in no list: another device has answered it. */
  readonly lost: (chatId: string) => void;
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
    const { rest, receipts } = this.#deps;
    const seen = new Set<string>();
    const take = (chats: readonly Chat[]): boolean => {
      if (signal.aborted) return false;
      this.#deps.take(chats);
      for (const { chatId } of chats) seen.add(chatId);
      return true;
    };
    const left = () => [...this.#deps.chats.value.values()].filter(({ chatId }) => !seen.has(chatId));
    const since = this.#asOf;
    const asOf = await readMoved({ rest, signal, take }, since);
    // `since` lists chats with new messages. Marks and mutes of other devices show in the whole list alone.
    const goesOn = (chats: readonly Chat[]) => take(chats) && left().some((chat) => isUnsettled(chat, asOf, receipts));
    if (since !== undefined) await readPass({ rest, signal, take: goesOn }, undefined);
    if (signal.aborted) return;
    await readRequests({ rest, signal, take });
    if (signal.aborted) return;
    this.#asOf = asOf;
    for (const { chatId, requestedBy } of left()) if (requestedBy !== undefined) this.#deps.lost(chatId);
  }

  reset(): void {
    this.#asOf = undefined;
  }
}

/**
 * Whether another device may have changed the chat without moving it, whether the server may not know this browser's
 * mark, or whether the sender of the last message may have deleted it. `now`: by the server's clock.
 */
function isUnsettled(chat: Chat, now: number, receipts: Pick<Receipts, 'isOpen'>): boolean {
  const { chatId, lastMessageTime, pinned = false, markedUnread = false } = chat;
  const mayBeDeleted = now - lastMessageTime < DELETE_LIMIT;
  return mayBeDeleted || unreadOf(chat) > 0 || pinned || markedUnread || receipts.isOpen(chatId);
}
