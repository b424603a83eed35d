import type { ChatStore } from '../chats/store.js';
import type { Message } from '../contracts.js';
import { PalomaError } from '../errors.js';
import { Value } from '../observable.js';
import type { Rest } from '../parts.js';
import type { Clock } from '../ports.js';
import { present } from '../rest/present.js';
import type { OwnReactions } from './own-reactions.js';
import { PendingChanges, type Pending } from './pending.js';
import { PendingReactions } from './pending-reactions.js';

interface ChangeCallsDeps {
  readonly rest: Rest;
  readonly store: Pick<ChatStore, 'learnState' | 'hide'>;
  readonly ownReactions: Pick<OwnReactions, 'learn'>;
  readonly ports: { readonly clock: Clock };
  readonly me: string;
  /** The message as this tab knows it. */
  readonly find: (messageId: string) => Message | undefined;
}

/**
 * Calls that change messages. Without a network they fail, and nothing is queued: an edit is valid for 15 minutes and
 * for one version of the message.
 */
export class ChangeCalls {
  readonly pending: Value<Pending>;
  readonly #deps: ChangeCallsDeps;
  readonly #changes = new PendingChanges();
  readonly #reactions: PendingReactions;

  constructor(deps: ChangeCallsDeps) {
    this.#deps = deps;
    this.#reactions = new PendingReactions({ me: deps.me, clock: deps.ports.clock, find: deps.find });
    const [changes, reactions] = [this.#changes.all, this.#reactions.all];
    const read = () => ({ changes: changes.value, reactions: reactions.value });
    this.pending = new Value<Pending>(read());
    for (const part of [changes, reactions]) part.subscribe(() => this.pending.set(read()));
  }

  /** Ends the pending reactions that the messages have now. */
  settle(): void {
    this.#reactions.settle();
  }

  close(): void {
    this.#reactions.close();
  }

  async edit(messageId: string, content: string): Promise<void> {
    const { rest, store } = this.#deps;
    const message = this.#find(messageId);
    if (message.content === content) return;
    const options = { params: { path: { messageId } }, body: { content, version: message.version ?? 0 } };
    await this.#changes.during(message, { content }, async () => {
      const answer = await this.#orLearn(rest.PATCH('/messages/{messageId}', options));
      store.learnState(present(answer.data));
    });
  }

  async delete(messageId: string): Promise<void> {
    const { rest, store, me } = this.#deps;
    const params = { path: { messageId } };
    await this.#changes.during(this.#find(messageId), { deletedBy: me }, async () => {
      store.learnState(present((await rest.DELETE('/messages/{messageId}', { params })).data));
    });
  }

  async hide(messageId: string): Promise<void> {
    const { rest, store } = this.#deps;
    const params = { path: { messageId } };
    const { chatId, seq } = present((await rest.POST('/messages/{messageId}/hide', { params })).data);
    store.hide({ chatId, seq });
  }

  /** `null` removes the user's reaction. */
  async react(messageId: string, emoji: string | null): Promise<void> {
    const { rest, ownReactions } = this.#deps;
    const params = { path: { messageId } };
    await this.#reactions.during(this.#find(messageId), emoji, async () => {
      const answer =
        emoji === null
          ? await rest.DELETE('/messages/{messageId}/reaction', { params })
          : await this.#orLearn(rest.PUT('/messages/{messageId}/reaction', { params, body: { emoji } }));
      const reaction = present(answer.data);
      ownReactions.learn(reaction);
      return reaction;
    });
  }

  /** A rejection may show that the message was changed meanwhile, and how. */
  async #orLearn<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      const current = error instanceof PalomaError ? error.problem?.message : undefined;
      if (current) this.#deps.store.learnState(current);
      throw error;
    }
  }

  #find(messageId: string): Message {
    const message = this.#deps.find(messageId);
    if (!message) throw new PalomaError('unexpected', 'The conversation does not have this message.');
    return message;
  }
}
