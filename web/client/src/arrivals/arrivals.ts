import type { Arrival } from '../api.js';
import type { Message } from '../contracts.js';
import { Emitter, type Events } from '../observable.js';
import type { Link, Tabs } from '../parts.js';
import type { Attendance } from './attendance.js';

/** Ids remembered to tell a repeated frame from a new message. */
const REMEMBERED = 1_000;

interface Surroundings {
  readonly userId: string;
  readonly link: Link;
  readonly tabs: Tabs;
  readonly attendance: Attendance;
  readonly isMuted: (chatId: string) => boolean;
  /** The names, when they are loaded. They do not reject. */
  readonly nameOf: (userId: string) => Promise<string | undefined>;
  readonly groupOf: (chatId: string) => Promise<string | undefined>;
}

/**
 * New messages from others. Of system messages, only the addition of this user counts. Every tab sees the frames, and
 * remembers them; the leading tab alone emits.
 */
export class LiveArrivals {
  readonly arrivals: Events<Arrival>;
  readonly #arrivals = new Emitter<Arrival>();
  readonly #seen = new Set<string>();
  readonly #end: () => void;
  #closed = false;

  constructor(private readonly around: Surroundings) {
    this.arrivals = this.#arrivals;
    this.#end = around.link.events.subscribe((event) => {
      if (event.type === 'message') this.#hear(event.message);
    });
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #hear(message: Message): void {
    if (this.#seen.has(message.messageId)) return;
    this.#seen.add(message.messageId);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    const counts = message.senderId !== this.around.userId && (message.kind === undefined || this.#isAdded(message));
    if (counts && this.around.tabs.leading.value) void this.#emit(message);
  }

  #isAdded({ kind }: Message): boolean {
    return kind?.type === 'membersAdded' && kind.userIds.includes(this.around.userId);
  }

  async #emit(message: Message): Promise<void> {
    const { chatId, messageId, senderId, content } = message;
    const { attendance, isMuted, nameOf, groupOf } = this.around;
    const known = [attendance.attends(chatId), nameOf(senderId), groupOf(chatId)] as const;
    const [attended, senderName, group] = await Promise.all(known);
    if (this.#closed) return;
    this.#arrivals.emit({
      chatId,
      message: { messageId, senderId, content },
      senderName,
      group,
      added: this.#isAdded(message),
      muted: isMuted(chatId),
      attended,
    });
  }
}
