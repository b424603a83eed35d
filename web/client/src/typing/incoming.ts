import type { ServerEvent } from '../contracts.js';
import { type Readable, Value } from '../observable.js';
import type { Link } from '../parts.js';
import type { Clock } from '../ports.js';

/** A member who types sends a frame every 3 s. After this time without one, the member has stopped. */
const LIFE = 5_000;

type Typing = ReadonlyMap<string, readonly string[]>;

/** The members who are typing now, by chat. */
export class IncomingTyping {
  readonly members: Readable<Typing>;
  readonly #members = new Value<Typing>(new Map());
  /** By chat and user: ends the timer that ends the typing. */
  readonly #timers = new Map<string, () => void>();
  readonly #end: () => void;

  constructor(
    link: Link,
    private readonly clock: Clock,
    private readonly userId: string,
  ) {
    this.members = this.#members;
    this.#end = link.events.subscribe((event) => {
      this.#hear(event);
    });
  }

  close(): void {
    this.#end();
    for (const cancel of this.#timers.values()) cancel();
  }

  #hear(event: ServerEvent): void {
    if (event.type === 'typing' && event.userId !== this.userId) this.#start(event.chatId, event.userId);
    if (event.type === 'message') this.#stop(event.message.chatId, event.message.senderId);
    if (event.type === 'erased') this.#stop(event.chatId, event.userId);
  }

  #start(chatId: string, userId: string): void {
    const key = `${chatId} ${userId}`;
    this.#timers.get(key)?.();
    this.#timers.set(
      key,
      this.clock.after(LIFE, () => {
        this.#stop(chatId, userId);
      }),
    );
    const members = this.#members.value.get(chatId) ?? [];
    if (!members.includes(userId)) this.#set(chatId, [...members, userId]);
  }

  #stop(chatId: string, userId: string): void {
    const key = `${chatId} ${userId}`;
    this.#timers.get(key)?.();
    if (!this.#timers.delete(key)) return;
    this.#set(
      chatId,
      (this.#members.value.get(chatId) ?? []).filter((member) => member !== userId),
    );
  }

  #set(chatId: string, members: readonly string[]): void {
    const all = new Map(this.#members.value);
    if (members.length > 0) all.set(chatId, members);
    else all.delete(chatId);
    this.#members.set(all);
  }
}
