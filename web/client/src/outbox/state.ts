import type { OutboxEntry } from '../api.js';
import { Value } from '../observable.js';
import type { OutboxRow } from '../parts.js';

/** Changes of the outbox, as tabs tell them to each other. */
export interface OutboxChange {
  readonly rows?: readonly OutboxRow[];
  /** Ids of rows that were accepted or discarded. They never return. */
  readonly gone?: readonly string[];
}

/** The rows of the outbox as this tab knows them. Changes may arrive twice and in any order. */
export class OutboxState {
  readonly entries = new Value<readonly OutboxEntry[]>([]);
  readonly #rows = new Map<string, OutboxRow>();
  readonly #gone = new Set<string>();

  get rows(): OutboxRow[] {
    return [...this.#rows.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
  }

  get(clientMessageId: string): OutboxRow | undefined {
    return this.#rows.get(clientMessageId);
  }

  isGone({ clientMessageId }: OutboxRow): boolean {
    return this.#gone.has(clientMessageId);
  }

  /** The next message of the chat to send. */
  next(chatId: string): OutboxRow | undefined {
    return this.rows.find((row) => row.chatId === chatId && row.state === 'queued');
  }

  /** The chats with messages to send. */
  get queuedChats(): Set<string> {
    return new Set(this.rows.filter((row) => row.state === 'queued').map((row) => row.chatId));
  }

  apply(change: OutboxChange): void {
    let changed = false;
    for (const id of change.gone ?? []) {
      this.#gone.add(id);
      changed = this.#rows.delete(id) || changed;
    }
    for (const row of change.rows ?? []) {
      const known = this.#rows.get(row.clientMessageId);
      if (this.#gone.has(row.clientMessageId) || (known && known.revision >= row.revision)) continue;
      this.#rows.set(row.clientMessageId, row);
      changed = true;
    }
    if (changed) this.entries.set(this.rows.map(entryOf));
  }
}

function entryOf({ clientMessageId, chatId, content, replyTo, createdAt, state, problem }: OutboxRow): OutboxEntry {
  const answer = replyTo === undefined ? {} : { replyTo };
  return { clientMessageId, chatId, content, ...answer, createdAt, state, problem };
}
