import type { ChatStore } from '../chats/store.js';
import type { Chat } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Activity, Rest } from '../parts.js';
import type { Ports } from '../ports.js';
import { present } from '../rest/present.js';
import type { History } from './history.js';
import type { Tails } from './tails.js';
import { isBehind, outdated } from './changes.js';
import { hasGap, newestOf, restored, type Timeline } from './timeline.js';

interface LoaderDeps {
  readonly rest: Rest;
  readonly store: ChatStore;
  readonly activity: Pick<Activity, 'learn'>;
  readonly tails: Tails;
  readonly ports: Pick<Ports, 'clock'>;
}

/** Fills a conversation: from the database, then from the server, and again after each gap. */
export class ConversationLoader {
  /** The user is no member of such a chat, as far as the server has said. */
  isMissing = false;
  readonly #deps: LoaderDeps;
  readonly #history: History;
  readonly #chatId: string;
  /** Position at which the window opens: the seq that the user had read to. */
  readonly #openAt: () => number;
  #hasDetails = false;

  constructor(deps: LoaderDeps, history: History, chatId: string, openAt: () => number) {
    this.#deps = deps;
    this.#history = history;
    this.#chatId = chatId;
    this.#openAt = openAt;
  }

  /** Shows the stored end of the chat, if the window opens there. */
  async restore(openAt = this.#openAt()): Promise<void> {
    if (this.#timeline.base !== undefined) return;
    const tail = await this.#deps.tails.load(this.#chatId);
    if (tail) this.#history.change((timeline) => restored(timeline, tail, openAt));
  }

  /** Loads what is missing. */
  async load(signal: AbortSignal): Promise<void> {
    const details = this.#loadDetails(signal);
    // Its failure is that of this run, also if the pages fail first.
    details.catch(() => undefined);
    if (!this.#chat || this.isMissing) await details;
    if (this.isMissing) return;
    await this.#loadMessages(signal);
    await details;
    // Also what came while the details were loading.
    while ((hasGap(this.#timeline) || isBehind(this.#timeline)) && !signal.aborted) await this.#loadMessages(signal);
    if (!signal.aborted) await this.#history.completeQuotes(signal);
  }

  /** For the user, there is no such chat any more. */
  lose(): void {
    this.isMissing = true;
    this.#hasDetails = false;
  }

  get #timeline(): Timeline {
    return this.#history.timeline.value;
  }

  get #chat(): Chat | undefined {
    return this.#deps.store.chats.value.get(this.#chatId);
  }

  async #loadMessages(signal: AbortSignal): Promise<void> {
    if (this.#timeline.base !== undefined) return this.#catchUp(signal);
    try {
      await this.#history.placeAt(this.#openAt(), signal);
    } catch (error) {
      // Without the server, the end of the chat is better than nothing.
      await this.restore(Infinity);
      throw error;
    }
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    const { role, blocked = false } = this.#chat ?? {};
    const outcome = await this.#history.catchUp(signal, role === 'former' || blocked);
    if (outcome === 'done') return;
    if (outcome === 'reset') {
      const { following } = this.#timeline;
      const place = following ? newestOf(this.#timeline) : this.#openAt();
      this.#history.change(outdated);
      return this.#history.placeAt(place, signal);
    }
    // If the user has read on elsewhere, the window goes there. Otherwise it stays where the user is.
    this.#hasDetails = false;
    await this.#loadDetails(signal);
    const readSeq = this.#chat?.readSeq ?? 0;
    if (readSeq > newestOf(this.#timeline)) await this.#history.placeAt(readSeq, signal);
    else this.#history.leaveEnd();
  }

  /** All members, and the presence: only the answer for one chat has them. */
  async #loadDetails(signal: AbortSignal): Promise<void> {
    if (this.#hasDetails) return;
    const path = { chatId: this.#chatId };
    const askedAt = this.#deps.ports.clock.elapsed();
    try {
      const chat = present((await this.#deps.rest.GET('/chats/{chatId}', { params: { path }, signal })).data);
      if (signal.aborted) return;
      this.#hasDetails = true;
      if (chat.presence) this.#deps.activity.learn(this.#chatId, chat.presence);
      this.#deps.store.learn([chat], askedAt);
      // Unless the user has declined it meanwhile.
      this.isMissing = !this.#chat;
    } catch (error) {
      if (!(error instanceof PalomaError) || error.problem?.status !== 404) throw error;
      this.isMissing = true;
    }
  }
}
