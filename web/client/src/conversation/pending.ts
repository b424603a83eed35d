/** Edits and deletions that the server has not answered yet. Their rows show the new state at once. */
import type { Message } from '../contracts.js';
import { Value } from '../observable.js';
import type { PendingReaction } from './reactions.js';

/** All changes that the server does not show yet, by message. */
export interface Pending {
  /** The messages as they will be. */
  readonly changes: ReadonlyMap<string, Message>;
  readonly reactions: ReadonlyMap<string, PendingReaction>;
}

export type PendingChange = { readonly content: string } | { readonly deletedBy: string };

export class PendingChanges {
  /** By message: the message as it will be. */
  readonly all = new Value<ReadonlyMap<string, Message>>(new Map());

  /** Shows the change while `call` runs. If it fails, the message is again as it was. */
  async during<T>(message: Message, change: PendingChange, call: () => Promise<T>): Promise<T> {
    const shown = changedBy(message, change);
    this.all.update((all) => new Map(all).set(message.messageId, shown));
    try {
      return await call();
    } finally {
      // A later change of the same message goes on.
      if (this.all.value.get(message.messageId) === shown) this.#end(message.messageId);
    }
  }

  #end(messageId: string): void {
    this.all.update((all) => new Map([...all].filter(([id]) => id !== messageId)));
  }
}

function changedBy(message: Message, change: PendingChange): Message {
  if ('content' in change) return { ...message, content: change.content, editedAt: message.timestamp };
  const { replyTo: _, editedAt: _1, reactions: _2, ...rest } = message;
  return { ...rest, content: null, deletedAt: message.timestamp, deletedBy: change.deletedBy };
}
