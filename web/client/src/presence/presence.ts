import type { AckResult, Presence, ServerEvent } from '../contracts.js';
import { type Readable, Value } from '../observable.js';
import type { Link, Tabs, Topic } from '../parts.js';
import type { Attention } from '../ports.js';

const CLAIM: Topic<null> = { name: 'watch' };

/**
 * Presence of the other members of direct chats. The server lets a socket watch one chat, and all tabs share the
 * socket: the tab that had the focus last decides.
 */
export class PresenceWatch {
  readonly presence: Readable<ReadonlyMap<string, Presence>>;
  readonly #presence = new Value<ReadonlyMap<string, Presence>>(new Map());
  /** The chats that this tab shows, the newest last. */
  readonly #shown: string[] = [];
  /** Whether this tab was the last to have the focus. */
  #decides = false;
  /** The watched member has no presence yet: the next frame from this member starts it. */
  #pending: string | undefined;
  readonly #endings: (() => void)[];

  constructor(
    private readonly link: Link,
    private readonly tabs: Tabs,
    private readonly attention: Readable<Attention>,
    private readonly userId: string,
  ) {
    this.presence = this.#presence;
    this.#endings = [
      link.opened.subscribe(() => {
        if (this.#decides) this.#watch();
      }),
      link.events.subscribe((event) => {
        this.#hear(event);
      }),
      link.acks.subscribe((result) => {
        this.#hearAck(result);
      }),
      tabs.on(CLAIM, () => {
        this.#decides = false;
      }),
      attention.subscribe(({ visible, focused }) => {
        if (visible && focused) this.#claim();
      }),
    ];
  }

  /**
   * Takes the presence from an answer of `GET /chats/{chatId}`. The later `lastSeen` wins; without one, the member was
   * never online, or hides it.
   */
  learn(chatId: string, presence: Presence): void {
    const known = this.#presence.value.get(chatId);
    if (known && presence.lastSeen !== undefined && presence.lastSeen < (known.lastSeen ?? 0)) return;
    if (known?.online === presence.online && known.lastSeen === presence.lastSeen) return;
    const { online, lastSeen } = presence;
    const next = lastSeen === undefined ? { online } : { online, lastSeen };
    this.#presence.set(new Map(this.#presence.value).set(chatId, next));
  }

  watch(chatId: string): () => void {
    this.#shown.push(chatId);
    if (this.attention.value.visible) this.#claim();
    return () => {
      const index = this.#shown.lastIndexOf(chatId);
      if (index < 0) return;
      this.#shown.splice(index, 1);
      if (this.#decides) this.#watch();
    };
  }

  close(): void {
    for (const end of this.#endings) end();
  }

  #claim(): void {
    this.#decides = true;
    this.tabs.post(CLAIM, null);
    this.#watch();
  }

  #watch(): void {
    const chatId = this.#shown.at(-1);
    this.#pending = undefined;
    this.link.send(chatId === undefined ? { action: 'unwatch' } : { action: 'watch', chatId });
  }

  #hearAck(result: AckResult): void {
    if (!('presence' in result)) return;
    if (result.presence) this.learn(result.chatId, result.presence);
    else if (result.chatId === this.#shown.at(-1)) this.#pending = result.chatId;
  }

  #hear(event: ServerEvent): void {
    if (event.type === 'presence') this.learn(event.chatId, event);
    // A user who hides the own presence sees none.
    if (event.type === 'settings' && 'privacy' in event && this.#decides) this.#watch();
    if (!this.#decides || this.#pending === undefined) return;
    if (isFromMember(event, this.#pending, this.userId)) this.#watch();
  }
}

/** Whether another member has written, read or received something in the chat. */
function isFromMember(event: ServerEvent, chatId: string, userId: string): boolean {
  if (event.type === 'message') return event.message.chatId === chatId && event.message.senderId !== userId;
  if (event.type === 'status' || event.type === 'typing') return event.chatId === chatId && event.userId !== userId;
  return false;
}
