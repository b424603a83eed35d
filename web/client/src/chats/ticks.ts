import type { ServerEvent } from '../contracts.js';
import { joined, NO_TICKS, raised, raisedByFrame, type Ticks } from '../conversation/ticks.js';
import { Value } from '../observable.js';

/** The ticks of the own messages, by chat. */
export class ChatTicks {
  readonly all = new Value<ReadonlyMap<string, Ticks>>(new Map());

  learn(chatId: string, ticks: Ticks): void {
    this.#set(chatId, joined(this.all.value.get(chatId) ?? NO_TICKS, ticks));
  }

  /** If no own message is known, a page tells which ones a block has kept back. */
  hear(event: Extract<ServerEvent, { type: 'status' }>): void {
    const { chatId, status, seq } = event;
    const known = this.all.value.get(chatId);
    this.#set(chatId, known ? raisedByFrame(known, event) : raised(NO_TICKS, status, seq));
  }

  reset(): void {
    this.all.set(new Map());
  }

  #set(chatId: string, next: Ticks): void {
    const known = this.all.value.get(chatId) ?? NO_TICKS;
    if (next !== known) this.all.set(new Map(this.all.value).set(chatId, next));
  }
}
