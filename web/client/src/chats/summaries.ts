/** The rows of the chat list. Unchanged rows stay the same objects. */
import type { ChatSummary, LastRow } from '../api-chats.js';
import type { OutboxEntry } from '../api.js';
import type { Chat, Presence, Profile } from '../contracts.js';
import { statusOf, type Ticks } from '../conversation/ticks.js';
import { unreadOf } from './unread.js';

/** Everything that the row of one chat shows. */
export interface SummarySource {
  readonly chat: Chat;
  readonly me: string;
  readonly ticks: Ticks | undefined;
  /** The newest message of the chat in the outbox. */
  readonly entry: OutboxEntry | undefined;
  readonly other: Profile | undefined;
  readonly presence: Presence | undefined;
  readonly typing: readonly string[] | undefined;
  /** Whether the chat is muted now: mutes end by themselves. */
  readonly muted: boolean;
  /** Milliseconds that the server's clock is ahead. */
  readonly skew: number;
}

const NO_MEMBERS: readonly string[] = [];

export class SummaryMaker {
  readonly #known = new Map<string, { source: SummarySource; summary: ChatSummary }>();

  make(source: SummarySource): ChatSummary {
    const known = this.#known.get(source.chat.chatId);
    if (known && isSame(known.source, source)) return known.summary;
    const summary = summaryOf(source);
    this.#known.set(source.chat.chatId, { source, summary });
    return summary;
  }
}

/** Pinned chats, then the newest first. Equal times keep an order of their own, so that rows do not swap. */
export function byPlace(a: ChatSummary, b: ChatSummary): number {
  return Number(b.pinned) - Number(a.pinned) || b.time - a.time || (a.chatId < b.chatId ? -1 : 1);
}

/** Whether neither presence nor typing passes in the chat. */
export function isApart({ blocked = false, requestedBy }: Chat): boolean {
  return blocked || requestedBy !== undefined;
}

/** The other member of a direct chat, unless erased. */
export function otherOf({ type, participants, erased }: Chat, me: string): string | undefined {
  return type === 'direct' ? participants.find((id) => id !== me && !erased?.includes(id)) : undefined;
}

function summaryOf(source: SummarySource): ChatSummary {
  const { chat, other } = source;
  const last = lastRow(source);
  return {
    chatId: chat.chatId,
    kind: chat.type,
    name: chat.type === 'group' ? chat.name : other?.name,
    other,
    participants: chat.participants,
    erased: chat.erased ?? NO_MEMBERS,
    avatar: chat.type === 'group' ? chat.avatar : other?.avatar,
    role: chat.role,
    admins: chat.admins ?? NO_MEMBERS,
    onlyAdminsWrite: chat.onlyAdminsWrite ?? false,
    onlyAdminsAdd: chat.onlyAdminsAdd ?? true,
    last,
    time: last?.timestamp ?? chat.lastMessageTime,
    lastSeq: chat.lastSeq,
    readSeq: chat.readSeq,
    unread: unreadOf(chat),
    markedUnread: chat.markedUnread ?? false,
    pinned: chat.pinned ?? false,
    archived: chat.archived ?? false,
    requestedBy: chat.requestedBy,
    blocked: chat.blocked ?? false,
    mutedUntil: source.muted ? chat.mutedUntil : undefined,
    presence: isApart(chat) ? undefined : source.presence,
    typing: (isApart(chat) ? undefined : source.typing) ?? NO_MEMBERS,
  };
}

function lastRow({ chat, me, ticks, entry, skew }: SummarySource): LastRow | undefined {
  const last = chat.lastMessage;
  const sentAt = entry ? entry.createdAt + skew : 0;
  // A failed message of yesterday does not hide the messages of today.
  if (entry && (entry.state === 'queued' || sentAt > chat.lastMessageTime)) {
    const timestamp = Math.max(sentAt, last ? chat.lastMessageTime : 0);
    const { content, state: tick } = entry;
    const base = { content, notice: undefined, own: true, senderId: me, erased: false, deleted: false, hidden: false };
    return { ...base, tick, timestamp, seq: undefined };
  }
  if (!last) return undefined;
  const { content, senderId, seq, timestamp, kind: notice, hidden = false } = last;
  const own = senderId === me;
  const isGone = content === null && !notice;
  const tick = own && !notice && !isGone ? statusOf(ticks ?? { delivered: 0, read: 0 }, seq) : undefined;
  const deleted = last.deletedAt !== undefined && !hidden;
  const erased = isGone && !hidden && !deleted;
  return { content, notice, own, senderId, erased, deleted, hidden, tick, timestamp, seq };
}

function isSame(a: SummarySource, b: SummarySource): boolean {
  const keys = Object.keys(b) as (keyof SummarySource)[];
  return keys.every((key) => Object.is(a[key], b[key]));
}
