import type { Presence } from '../contracts.js';
import type { Readable } from '../observable.js';
import type { Activity, Link, Tabs } from '../parts.js';
import type { Ports } from '../ports.js';
import { IncomingTyping } from '../typing/incoming.js';
import { OutgoingTyping } from '../typing/outgoing.js';
import { PresenceWatch } from './presence.js';

/** Typing and presence of one user, in one tab. */
export class LiveActivity implements Activity {
  readonly typing: Readable<ReadonlyMap<string, readonly string[]>>;
  readonly presence: Readable<ReadonlyMap<string, Presence>>;
  readonly #incoming: IncomingTyping;
  readonly #outgoing: OutgoingTyping;
  readonly #presence: PresenceWatch;

  constructor(around: { userId: string; link: Link; tabs: Tabs; ports: Ports }) {
    const { userId, link, tabs, ports } = around;
    this.#incoming = new IncomingTyping(link, ports.clock, userId);
    this.#outgoing = new OutgoingTyping(link, ports.clock);
    this.#presence = new PresenceWatch(link, tabs, ports.attention, userId);
    this.typing = this.#incoming.members;
    this.presence = this.#presence.presence;
  }

  type(chatId: string): void {
    this.#outgoing.type(chatId);
  }

  learn(chatId: string, presence: Presence): void {
    this.#presence.learn(chatId, presence);
  }

  watch(chatId: string): () => void {
    return this.#presence.watch(chatId);
  }

  close(): void {
    this.#incoming.close();
    this.#presence.close();
  }
}
