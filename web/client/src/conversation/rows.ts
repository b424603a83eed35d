/** The rows of a conversation: the window, then own messages on their way. Unchanged rows stay the same objects. */
import type { OutboxEntry, Quote, Row } from '../api.js';
import type { Message, Notice, Reply } from '../contracts.js';
import type { Pending } from './pending.js';
import { quoteOf } from './quotes.js';
import { shownReactions, type PendingReaction } from './reactions.js';
import { statusOf } from './ticks.js';
import type { Timeline } from './timeline.js';

const NOTICES: Partial<Record<string, true>> & Record<Notice['type'], true> = {
  membersAdded: true,
  memberRemoved: true,
  memberLeft: true,
  roleChanged: true,
  chatChanged: true,
  chatRemoved: true,
};

const NOTHING: Pending = { changes: new Map(), reactions: new Map() };
const NO_REACTIONS: Row['reactions'] = [];

export class RowMaker {
  /** With the user's own reaction on its way. */
  readonly #ofMessages = new WeakMap<Message, { row: Row; reaction: PendingReaction | undefined }>();
  /** With the answered message, of which the row has a quote. */
  readonly #ofEntries = new WeakMap<OutboxEntry, { row: Row; answered: Message | undefined }>();
  /** Entries with a message that was here. They do not come back when the user clears the chat. */
  #accepted: ReadonlySet<string> = new Set();
  #last: readonly Row[] = [];

  /** `entries` are those of this chat, in the order of sending. */
  rows(timeline: Timeline, entries: readonly OutboxEntry[], pending: Pending = NOTHING): readonly Row[] {
    const last = this.#last;
    const rows = this.#make(timeline, entries, pending);
    const isSame = rows.length === last.length && rows.every((row, at) => row === last[at]);
    return isSame ? last : (this.#last = rows);
  }

  #make(timeline: Timeline, entries: readonly OutboxEntry[], pending: Pending): readonly Row[] {
    const { me, messages } = timeline;
    const own = ownAhead(timeline);
    const shown = messages.filter(({ hidden }) => !hidden);
    const rows = shown.map((message) => this.#ofMessage(timeline, message, pending));
    // The gap before them is not filled yet, so they have no place among the messages.
    for (const message of own) rows.push({ ...this.#ofMessage(timeline, message, pending), seq: undefined });
    if (entries.length === 0 && this.#accepted.size === 0) return rows;
    const accepted = acceptedIds(me, [...messages, ...own]);
    const isAccepted = (id: string) => accepted.has(id) || this.#accepted.has(id);
    this.#accepted = new Set(entries.map(({ clientMessageId }) => clientMessageId).filter(isAccepted));
    for (const entry of entries) if (!isAccepted(entry.clientMessageId)) rows.push(this.#ofEntry(timeline, entry));
    return rows;
  }

  #ofMessage({ me, ticks, live }: Timeline, stored: Message, pending: Pending): Row {
    const message = pending.changes.get(stored.messageId) ?? stored;
    const reaction = pending.reactions.get(stored.messageId);
    const own = message.senderId === me;
    const tick =
      own && message.kind === undefined && message.content !== null ? statusOf(ticks, message.seq) : undefined;
    const known = this.#ofMessages.get(message);
    const isLive = live.has(message.messageId);
    const isSame = known?.row.tick === tick && known?.row.live === isLive && known.reaction === reaction;
    if (known && isSame) return known.row;
    const reactions = kindOf(message) === 'text' ? shownReactions(message, me, reaction) : NO_REACTIONS;
    const row = messageRow(message, { own, tick, live: isLive, changing: message !== stored, reactions });
    this.#ofMessages.set(message, { row, reaction });
    return row;
  }

  #ofEntry({ me, messages }: Timeline, entry: OutboxEntry): Row {
    const known = this.#ofEntries.get(entry);
    const answered = entry.replyTo === undefined ? undefined : messages.find((one) => one.messageId === entry.replyTo);
    if (known && known.answered === answered) return known.row;
    const row = entryRow(me, entry, answered);
    this.#ofEntries.set(entry, { row, answered });
    return row;
  }
}

/** The same for an entry of the outbox and for the message that it becomes. */
export function keyOf(senderId: string, clientMessageId: string): string {
  return `${senderId}/${clientMessageId}`;
}

type Surroundings = Pick<Row, 'own' | 'tick' | 'live' | 'changing' | 'reactions'>;

function messageRow(message: Message, surroundings: Surroundings): Row {
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
    content,
    edited: kind === 'text' && message.editedAt !== undefined,
    deletedBy: kind === 'deleted' ? message.deletedBy : undefined,
    quote: kind === 'text' ? quoteIn(message) : undefined,
    notice: kind === 'notice' ? message.kind : undefined,
    timestamp,
    problem: undefined,
    ...surroundings,
  };
}

function entryRow(me: string, entry: OutboxEntry, answered: Message | undefined): Row {
  return {
    key: keyOf(me, entry.clientMessageId),
    kind: 'text',
    seq: undefined,
    messageId: undefined,
    clientMessageId: entry.clientMessageId,
    senderId: me,
    own: true,
    content: entry.content,
    edited: false,
    deletedBy: undefined,
    quote:
      entry.replyTo === undefined ? undefined : quoteRow(answered ? quoteOf(answered) : { messageId: entry.replyTo }),
    notice: undefined,
    timestamp: entry.createdAt,
    tick: entry.state,
    problem: entry.problem,
    live: false,
    changing: false,
    reactions: NO_REACTIONS,
  };
}

function quoteIn({ replyTo }: Message): Quote | undefined {
  return replyTo && quoteRow(replyTo);
}

function quoteRow({ messageId, seq, senderId, preview = '', gone = false }: Reply): Quote {
  return { messageId, seq, senderId, preview, gone };
}

/** System messages have a kind in place of text. A later server may send kinds that are unknown here. */
function kindOf(message: Message): Row['kind'] {
  if (message.erasedAt !== undefined) return 'erased';
  if (message.deletedAt !== undefined) return 'deleted';
  if (message.kind !== undefined) return NOTICES[message.kind.type] ? 'notice' : 'unknown';
  if (message.content === null) return 'erased';
  return typeof message.content === 'string' ? 'text' : 'unknown';
}

function ownAhead({ me, ahead }: Timeline): Message[] {
  if (ahead.size === 0) return [];
  return [...ahead.values()].filter(({ senderId }) => senderId === me).sort((a, b) => a.seq - b.seq);
}

function acceptedIds(me: string, messages: readonly Message[]): ReadonlySet<string> {
  const own = messages.filter(({ senderId }) => senderId === me);
  return new Set(own.map(({ clientMessageId }) => clientMessageId));
}
