import type { Link } from '../parts.js';
import type { Clock } from '../ports.js';

/** The server forwards at most one typing frame in this time. */
const INTERVAL = 3_000;

/** Tells the other members that the user is typing. */
export class OutgoingTyping {
  readonly #sentAt = new Map<string, number>();

  constructor(
    private readonly link: Link,
    private readonly clock: Clock,
  ) {}

  type(chatId: string): void {
    const now = this.clock.elapsed();
    const last = this.#sentAt.get(chatId);
    if (!this.link.isOpen.value || (last !== undefined && now - last < INTERVAL)) return;
    this.#sentAt.set(chatId, now);
    this.link.send({ action: 'typing', chatId });
  }
}
