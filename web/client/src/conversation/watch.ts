import { isApart } from '../chats/summaries.js';
import type { Chat } from '../contracts.js';

/** Watches the presence in a direct chat, except during a block, and before a request is accepted. */
export class Watch {
  #isApart: boolean | undefined;
  #end: (() => void) | undefined;

  constructor(private readonly begin: () => () => void) {}

  /** Returns whether what kept the users apart has ended: the messages and their ticks may be others. */
  follow(chat: Chat): boolean {
    const wasApart = this.#isApart;
    if (chat.type !== 'direct' || wasApart === isApart(chat)) return false;
    this.end();
    this.#isApart = isApart(chat);
    if (!this.#isApart) this.#end = this.begin();
    return wasApart === true;
  }

  end(): void {
    this.#end?.();
    this.#end = this.#isApart = undefined;
  }
}
