/** The rows of a conversation: the window, then own messages on their way. Unchanged rows stay the same objects. */
import type { OutboxEntry, Row, Tick } from '../api.js';
import type { Message } from '../contracts.js';
import { statusOf } from './ticks.js';
import type { Timeline } from './timeline.js';

export class RowMaker {
  readonly #ofMessages = new WeakMap<Message, Row>();
  readonly #ofEntries = new WeakMap<OutboxEntry, Row>();
  #last: readonly Row[] = [];

  /** `entries` are those of this chat, in the order of sending. */
  rows(timeline: Timeline, entries: readonly OutboxEntry[]): readonly Row[] {
    const last = this.#last;
    const rows = this.#make(timeline, entries);
    const isSame = rows.length === last.length && rows.every((row, at) => row === last[at]);
    return isSame ? last : (this.#last = rows);
  }

  #make(timeline: Timeline, entries: readonly OutboxEntry[]): readonly Row[] {
    const { me, messages } = timeline;
    const own = ownAhead(timeline);
    const rows = messages.map((message) => this.#ofMessage(timeline, message));
    // The gap before them is not filled yet, so they have no place among the messages.
    for (const message of own) rows.push({ ...this.#ofMessage(timeline, message), seq: undefined });
    if (entries.length === 0) return rows;
    const accepted = acceptedIds(me, [...messages, ...own]);
    for (const entry of entries) if (!accepted.has(entry.clientMessageId)) rows.push(this.#ofEntry(me, entry));
    return rows;
  }

  #ofMessage({ me, ticks, live }: Timeline, message: Message): Row {
    const own = message.senderId === me;
    const tick = own ? statusOf(ticks, message.seq) : undefined;
    const known = this.#ofMessages.get(message);
    const isLive = live.has(message.messageId);
    if (known && known.tick === tick && known.live === isLive) return known;
    const row = messageRow(message, own, tick, isLive);
    this.#ofMessages.set(message, row);
    return row;
  }

  #ofEntry(me: string, entry: OutboxEntry): Row {
    const known = this.#ofEntries.get(entry);
    if (known) return known;
    const row = entryRow(me, entry);
    this.#ofEntries.set(entry, row);
    return row;
  }
}

/** The same for an entry of the outbox and for the message that it becomes. */
export function keyOf(senderId: string, clientMessageId: string): string {
  return `${senderId}/${clientMessageId}`;
}

function messageRow(message: Message, own: boolean, tick: Tick | undefined, live: boolean): Row {
  const { seq, messageId, senderId, clientMessageId, timestamp } = message;
  const kind = kindOf(message);
  const content = kind === 'text' ? (message.content ?? '') : '';
  const key = keyOf(senderId, clientMessageId);
  return {
    key,
    kind,
    seq,
    messageId,
    clientMessageId,
    senderId,
    own,
    content,
    timestamp,
    tick,
    problem: undefined,
    live,
  };
}

function entryRow(me: string, entry: OutboxEntry): Row {
  return {
    key: keyOf(me, entry.clientMessageId),
    kind: 'text',
    seq: undefined,
    messageId: undefined,
    clientMessageId: entry.clientMessageId,
    senderId: me,
    own: true,
    content: entry.content,
    timestamp: entry.createdAt,
    tick: entry.state,
    problem: entry.problem,
    live: false,
  };
}

/** A later server may send messages of other kinds, without text. */
function kindOf(message: Message & { readonly kind?: unknown }): Row['kind'] {
  if (message.erasedAt !== undefined || message.content === null) return 'erased';
  const isText = message.kind === undefined || message.kind === 'text';
  return isText && typeof message.content === 'string' ? 'text' : 'unknown';
}

function ownAhead({ me, ahead }: Timeline): Message[] {
  if (ahead.size === 0) return [];
  return [...ahead.values()].filter(({ senderId }) => senderId === me).sort((a, b) => a.seq - b.seq);
}

function acceptedIds(me: string, messages: readonly Message[]): ReadonlySet<string> {
  const own = messages.filter(({ senderId }) => senderId === me);
  return new Set(own.map(({ clientMessageId }) => clientMessageId));
}
