import type { Chat, Message, Status } from '../../../src/contracts.js';

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
  readonly marks = new Map<string, Marks>();
  /** Time of the last change, for `since`. */
  movedAt: number;

  constructor(
    readonly chatId: string,
    readonly kind: Chat['type'],
    readonly name: string | undefined,
    readonly members: readonly Account[],
    readonly createdAt: number,
  ) {
    this.movedAt = createdAt;
    for (const { userId } of members) this.marks.set(userId, { delivered: 0, read: 0 });
  }

  get lastSeq(): number {
    return this.messages.length;
  }

  has(userId: string): boolean {
    return this.marks.has(userId);
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
    const last = this.messages.at(-1);
    const shown = withAllMembers ? this.members : this.members.filter((member) => member.userId !== userId);
    return {
      chatId: this.chatId,
      createdAt: this.createdAt,
      createdBy: this.members[0]?.userId ?? userId,
      participants: this.members.map((member) => member.userId),
      lastMessage: last ? lastMessageOf(last) : null,
      lastMessageTime: last?.timestamp ?? this.createdAt,
      lastSeq: this.lastSeq,
      readSeq: read,
      deliveredSeq: delivered,
      unreadCount: this.lastSeq - read,
      ...(withAllMembers || this.kind === 'direct'
        ? { members: shown.map(({ userId: id, name }) => ({ userId: id, name })) }
        : {}),
      ...(this.kind === 'direct'
        ? { type: this.kind }
        : { type: this.kind, ...(this.name ? { name: this.name } : {}) }),
    };
  }
}

function lastMessageOf({ content, messageId, senderId, seq, timestamp }: Message) {
  return { content, messageId, senderId, seq, timestamp };
}
