import type { ChatStore } from '../chats/store.js';
import type { Message } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Rest } from '../parts.js';
import { present } from '../rest/present.js';
import type { PendingChanges } from './pending.js';

interface ChangeCallsDeps {
  readonly rest: Rest;
  readonly store: Pick<ChatStore, 'learnState' | 'hide'>;
  readonly pending: PendingChanges;
  readonly me: string;
  /** The message as this tab knows it. */
  readonly find: (messageId: string) => Message | undefined;
}

/**
 * Calls that change messages. Without a network they fail, and nothing is queued: an edit is valid for 15 minutes and
 * for one version of the message.
 */
export class ChangeCalls {
  readonly #deps: ChangeCallsDeps;

  constructor(deps: ChangeCallsDeps) {
    this.#deps = deps;
  }

  async edit(messageId: string, content: string): Promise<void> {
    const { rest, store, pending } = this.#deps;
    const message = this.#find(messageId);
    if (message.content === content) return;
    const options = { params: { path: { messageId } }, body: { content, version: message.version ?? 0 } };
    await pending.during(message, { content }, async () => {
      try {
        store.learnState(present((await rest.PATCH('/messages/{messageId}', options)).data));
      } catch (error) {
        // The message was changed meanwhile, and this is how.
        const current = error instanceof PalomaError ? error.problem?.message : undefined;
        if (current) store.learnState(current);
        throw error;
      }
    });
  }

  async delete(messageId: string): Promise<void> {
    const { rest, store, pending, me } = this.#deps;
    const params = { path: { messageId } };
    await pending.during(this.#find(messageId), { deletedBy: me }, async () => {
      store.learnState(present((await rest.DELETE('/messages/{messageId}', { params })).data));
    });
  }

  async hide(messageId: string): Promise<void> {
    const { rest, store } = this.#deps;
    const params = { path: { messageId } };
    const { chatId, seq } = present((await rest.POST('/messages/{messageId}/hide', { params })).data);
    store.hide({ chatId, seq });
  }

  #find(messageId: string): Message {
    const message = this.#deps.find(messageId);
    if (!message) throw new PalomaError('unexpected', 'The conversation does not have this message.');
    return message;
  }
}
