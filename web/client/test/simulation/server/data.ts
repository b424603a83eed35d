import { countOf } from '../../../src/chats/unread.js';
import type { Chat, Message, Status, Window } from '../../../src/contracts.js';
import { afterClearing } from '../../../src/conversation/windows.js';
import { ChatChanges } from './changes.js';

/** Limits of docs/api.md, and the small pages of this server, so that short histories have many. */
export const MAX_CONTENT = 16_384;
export const MESSAGE_PAGE = 5;
export const CHAT_PAGE = 2;

export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

export interface Marks {
  delivered: number;
  read: number;
}

/** One chat as the server stores it. */
export class ServerChat {
  readonly messages: Message[] = [];
  /** Of all users who are or were in the chat. */
  readonly marks = new Map<string, Marks>();
  /** The messages that a user may see who joined late or left. Other members see everything. */
  readonly windows = new Map<string, Window[]>();
  readonly changes = new ChatChanges();
  /** Changes of the group so far. */
  membershipVersion = 0;
  /** Time of the last change, for `since`. */
  movedAt: number;

  constructor(
    readonly chatId: string,
    readonly kind: Chat['type'],
    public name: string | undefined,
    public members: readonly Account[],
    readonly createdAt: number,
  ) {
    this.movedAt = createdAt;
    for (const { userId } of members) this.marks.set(userId, { delivered: 0, read: 0 });
  }

  get lastSeq(): number {
    return this.messages.length;
  }

  has(userId: string): boolean {
    return this.members.some((member) => member.userId === userId);
  }

  /** Former members know the chat, too. */
  isKnownTo(userId: string): boolean {
    return this.marks.has(userId);
  }

  /** Whether the user may see the message, or has cleared it. */
  isInWindows(userId: string, seq: number): boolean {
    const windows = this.windows.get(userId) ?? [{ from: 1 }];
    return windows.some(({ from, to = Infinity }) => from <= seq && seq <= to);
  }

  /** The messages as the user sees them now. */
  visible(userId: string): readonly Message[] {
    const cleared = this.changes.cleared.get(userId) ?? 0;
    const shown = this.messages.filter(({ seq }) => seq > cleared && this.isInWindows(userId, seq));
    return shown.map((message) => this.changes.seenBy(userId, message));
  }

  /** Absent if the user may see everything, and has cleared nothing. */
  windowsOf(userId: string): { windows?: Window[] } {
    const windows = this.windows.get(userId);
    const cleared = this.changes.cleared.get(userId) ?? 0;
    if (cleared > 0) return { windows: [...afterClearing(windows, cleared)] };
    return windows ? { windows: [...windows] } : {};
  }

  lastSeqOf(userId: string): number {
    return this.messages.findLast(({ seq }) => this.isInWindows(userId, seq))?.seq ?? 0;
  }

  unreadOf(userId: string): number {
    const last = this.messages.at(-1);
    const mark = Math.max(this.marksOf(userId).read, this.changes.cleared.get(userId) ?? 0);
    const read = this.messages[mark - 1];
    if (!last || !this.has(userId)) return 0;
    const deleted = this.messages.filter(({ seq, deletedAt }) => seq > mark && deletedAt !== undefined).length;
    return countOf(last) - (read ? countOf(read) : 0) - deleted;
  }

  marksOf(userId: string): Marks {
    const marks = this.marks.get(userId);
    if (!marks) throw new Error('The user is no member.');
    return marks;
  }

  /** The seq up to which all members except the sender have this status. */
  everyone(status: 'delivered' | 'read', senderId: string): number {
    const others = this.members.filter(({ userId }) => userId !== senderId);
    return Math.min(...others.map(({ userId }) => this.marksOf(userId)[status]));
  }

  statusOf(message: Message): Status {
    if (this.everyone('read', message.senderId) >= message.seq) return 'read';
    return this.everyone('delivered', message.senderId) >= message.seq ? 'delivered' : 'sent';
  }

  view(userId: string, withAllMembers: boolean): Chat {
    const { delivered, read } = this.marksOf(userId);
    const isMember = this.has(userId);
    const last = this.visible(userId).at(-1);
    const shown = withAllMembers ? this.members : this.members.filter((member) => member.userId !== userId);
    const newest = this.messages[this.lastSeqOf(userId) - 1];
    const base = {
      chatId: this.chatId,
      createdAt: this.createdAt,
      createdBy: this.createdBy,
      participants: isMember ? this.members.map((member) => member.userId) : [],
      lastMessage: last ? lastMessageOf(last) : null,
      lastMessageTime: newest?.timestamp ?? this.createdAt,
      lastSeq: newest?.seq ?? 0,
      ...(isMember && this.changes.seqs.length > 0 ? { changeSeq: this.changes.seqs.length } : {}),
      ...this.windowsOf(userId),
      readSeq: read,
      deliveredSeq: delivered,
      unreadCount: this.unreadOf(userId),
      ...(isMember && (withAllMembers || this.kind === 'direct')
        ? { members: shown.map(({ userId: id, name }) => ({ userId: id, name })) }
        : {}),
    };
    if (this.kind === 'direct') return { ...base, type: this.kind };
    const group = this.name ? { name: this.name } : {};
    return { ...base, ...group, type: this.kind, ...this.#roles(isMember) };
  }

  /** In this server, all members are admins. */
  #roles(isMember: boolean) {
    if (!isMember) return { role: 'former' as const };
    const admins = this.members.map((member) => member.userId);
    return { role: 'admin' as const, admins, membershipVersion: this.membershipVersion };
  }

  get createdBy(): string {
    return [...this.marks.keys()][0] ?? '';
  }
}

function lastMessageOf({ content, messageId, senderId, seq, timestamp, ...message }: Message) {
  const { count, kind, deletedAt, hidden } = message;
  const ordinal = { ...(count === undefined ? {} : { count }), ...(kind === undefined ? {} : { kind }) };
  const gone = { ...(deletedAt === undefined ? {} : { deletedAt }), ...(hidden === undefined ? {} : { hidden }) };
  return { content, messageId, senderId, seq, timestamp, ...ordinal, ...gone };
}
