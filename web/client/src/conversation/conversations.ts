import type { Conversation } from '../api.js';
import type { ServerEvent } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Readable } from '../observable.js';
import { LiveConversation } from './conversation.js';
import type { ConversationDeps } from './deps.js';
import { TAIL } from './tail.js';
import { emptyTimeline, snapshot, type Timeline } from './timeline.js';

/** Closed conversations that stay in memory, for a quick return. */
const MAX_CLOSED = 20;

interface ConversationsDeps extends ConversationDeps {
  readonly me: Readable<string | undefined>;
}

interface Open {
  readonly conversation: LiveConversation;
  callers: number;
}

/** The conversations of a tab: one for each chat, shared by its callers. */
export class Conversations {
  readonly #deps: ConversationsDeps;
  readonly #open = new Map<string, Open>();
  /** The ends of closed conversations, the last one closed at the end. */
  readonly #closed = new Map<string, Timeline>();

  constructor(deps: ConversationsDeps) {
    this.#deps = deps;
    deps.link.events.subscribe((event) => this.#store(event));
    deps.store.hidden.subscribe((hidden) => deps.tails.hide(hidden));
    deps.ownReactions.learned.subscribe((reaction) => deps.tails.react(reaction));
  }

  open(chatId: string): Conversation {
    const me = this.#deps.me.value;
    if (me === undefined) throw new PalomaError('signedOut', 'Log in to open a conversation.');
    const open = this.#open.get(chatId) ?? { conversation: this.#create(me, chatId), callers: 0 };
    open.callers++;
    this.#open.set(chatId, open);
    return open.conversation;
  }

  /** Whether this tab shows the chat. */
  isOpen(chatId: string): boolean {
    return this.#open.has(chatId);
  }

  /** For another user, or after a logout. */
  reset(): void {
    for (const { conversation } of this.#open.values()) conversation.dispose();
    this.#open.clear();
    this.#closed.clear();
    this.#deps.tails.reset();
  }

  #create(me: string, chatId: string): LiveConversation {
    const kept = this.#closed.get(chatId);
    this.#closed.delete(chatId);
    const readSeq = this.#deps.store.chats.value.get(chatId)?.readSeq ?? 0;
    const isUseful = kept?.base !== undefined && kept.base <= readSeq;
    const ticks = this.#deps.store.ticks.value.get(chatId);
    const empty = emptyTimeline(me);
    const timeline = isUseful ? kept : ticks ? { ...empty, ticks } : empty;
    return new LiveConversation(this.#deps, me, chatId, timeline, () => this.#leave(chatId));
  }

  #leave(chatId: string): void {
    const open = this.#open.get(chatId);
    if (!open || --open.callers > 0) return;
    this.#open.delete(chatId);
    open.conversation.dispose();
    const kept = snapshot(open.conversation.timeline, TAIL);
    if (kept) this.#closed.set(chatId, kept);
    const [oldest] = this.#closed.keys();
    if (this.#closed.size > MAX_CLOSED && oldest !== undefined) this.#closed.delete(oldest);
  }

  /** Keeps the stored ends of all chats up to date, also of those that no tab shows. */
  #store(event: ServerEvent): void {
    const { tabs, tails } = this.#deps;
    if (!tabs.leading.value) return;
    if (event.type === 'message') tails.hear(event.message);
    if (event.type === 'change') tails.change(event.chatId, event.changeSeq, event.message);
    if (event.type === 'erased') tails.erase(event.chatId, event.userId);
  }
}
