import type { Accepted, Message, Notice } from '../../../src/contracts.js';
import type { Random } from '../random.js';
import { type Answer, ok, problem } from './answer.js';
import { MAX_CONTENT, ServerChat, type Account } from './data.js';
import { Logins } from './logins.js';

/** An open socket, as the server sees it. */
export interface Connection {
  readonly userId: string;
  readonly sessionId: string;
  /** Posts a frame to the client. */
  post(frame: object): void;
  close(): void;
  watched?: string | undefined;
}

/** A small Paloma in memory: it numbers messages, knows repetitions, and posts frames to the members' sockets. */
export class Server {
  readonly accounts: readonly Account[];
  readonly chats = new Map<string, ServerChat>();
  readonly connections = new Set<Connection>();
  readonly logins: Logins;
  #lastTime = 0;

  constructor(
    readonly random: Random,
    private readonly clock: () => number,
    /** Does something after some milliseconds. */
    readonly later: (milliseconds: number, run: () => void) => void,
    names: readonly string[],
    tokenLife?: number,
  ) {
    this.accounts = names.map((name) => ({ userId: random.id(), email: `${name.toLowerCase()}@example.com`, name }));
    this.logins = new Logins(random, clock, this.accounts, tokenLife);
  }

  get now(): number {
    return this.clock();
  }

  /** Ends all sessions of a user, as an operator does. */
  endSessions(userId: string): void {
    this.logins.end({ userId });
    this.closeEnded();
  }

  /** Closes the sockets of sessions that have ended. */
  closeEnded(): void {
    for (const connection of this.connections) if (this.logins.hasEnded(connection.sessionId)) connection.close();
  }

  createChat(members: readonly Account[], name?: string): ServerChat {
    const kind = members.length === 2 && name === undefined ? 'direct' : 'group';
    const chat = new ServerChat(this.random.id(), kind, name, members, this.#time());
    this.chats.set(chat.chatId, chat);
    this.post(chat, newChatFrame(chat));
    return chat;
  }

  chatOf(userId: string, chatId: unknown): ServerChat | undefined {
    const chat = this.chats.get(String(chatId));
    return chat?.isKnownTo(userId) ? chat : undefined;
  }

  /** Accepts a message once for each `clientMessageId`. `from`: the socket that sent it gets no frame. */
  accept(
    userId: string,
    chatId: unknown,
    body: { content?: unknown; clientMessageId?: unknown; replyTo?: unknown },
    from?: Connection,
  ): Answer {
    const chat = this.chatOf(userId, chatId);
    if (!chat) return problem(404, 'There is no such chat.');
    if (!chat.has(userId)) return problem(403, 'The user has left the chat.');
    const { content, clientMessageId, replyTo } = body;
    const answer = typeof replyTo === 'string' ? { replyTo: { messageId: replyTo } } : {};
    if (typeof content !== 'string' || typeof clientMessageId !== 'string') return problem(400, 'A field is missing.');
    if (new TextEncoder().encode(content).length > MAX_CONTENT) return problem(400, 'The content is too long.');
    const known = chat.messages.find((one) => one.senderId === userId && one.clientMessageId === clientMessageId);
    if (known && chat.changes.original(known) !== content)
      return problem(409, 'Another message has this id.', { messageId: known.messageId, seq: known.seq });
    return ok(
      acceptedOf(known ?? this.#append(chat, { senderId: userId, clientMessageId, content, ...answer }, from)),
      202,
    );
  }

  /** Edits a message, or deletes it with `content: null`. All members who may see it get a frame. */
  change(chat: ServerChat, userId: string, before: Message, content: string | null): Message {
    return this.store(chat, chat.changes.next(before, userId, content, this.now));
  }

  /** Stores the next state of a message, which is the last change of its chat. */
  store(chat: ServerChat, message: Message, more: { reactedBy?: string } = {}): Message {
    chat.messages[message.seq - 1] = message;
    const frame = { type: 'change', chatId: chat.chatId, changeSeq: chat.changes.seqs.length, message, ...more };
    this.post(chat, frame, undefined, (id) => chat.isInWindows(id, message.seq));
    return message;
  }

  /** Posts a frame to all sockets of one user. */
  postTo(userId: string, frame: object): void {
    for (const connection of this.connections) if (connection.userId === userId) connection.post(frame);
  }

  /** Appends the system message of a change of a group, which has just been made. */
  announce(chat: ServerChat, senderId: string, kind: Notice): Message {
    chat.membershipVersion++;
    return this.#append(chat, { senderId, clientMessageId: this.random.id(), content: null, kind });
  }

  /** A receipt covers all earlier messages, and never goes back. */
  mark(userId: string, chat: ServerChat, seq: number, status: 'delivered' | 'read', from?: Connection): Answer {
    const message = chat.messages[seq - 1];
    if (!message) return problem(404, 'There is no such message.');
    if (!chat.has(userId)) return problem(403, 'The user has left the chat.');
    const marks = chat.marksOf(userId);
    const before = this.everyone(chat);
    const moved = seq > (status === 'read' ? marks.read : marks.delivered);
    marks.delivered = Math.max(marks.delivered, seq);
    if (status === 'read') marks.read = Math.max(marks.read, seq);
    if (moved) this.#postStatus(chat, { userId, seq, status, before }, from);
    const { chatId } = chat;
    const rest = { deliveredSeq: marks.delivered, readSeq: marks.read, unreadCount: chat.unreadOf(userId) };
    return ok({ chatId, messageId: message.messageId, seq, status, ...rest });
  }

  /** Posts a frame to all sockets of all members, or of those that `to` selects. */
  post(chat: ServerChat, frame: object, except?: Connection, to: (userId: string) => boolean = () => true): void {
    for (const connection of this.connections) {
      if (connection !== except && chat.has(connection.userId) && to(connection.userId)) connection.post(frame);
    }
  }

  #append(chat: ServerChat, draft: Draft, from?: Connection): Message {
    const timestamp = this.#time();
    const seq = chat.lastSeq + 1;
    const ids = { chatId: chat.chatId, messageId: this.random.id() };
    const ordinal = chat.membershipVersion > 0 ? { count: seq - chat.membershipVersion } : {};
    const message: Message = { ...ids, ...draft, ...ordinal, createdAt: timestamp, seq, status: 'sent', timestamp };
    chat.messages.push(message);
    chat.movedAt = timestamp;
    // A sender has read the own message, and all before it.
    Object.assign(chat.marksOf(draft.senderId), { delivered: seq, read: seq });
    this.post(chat, { type: 'message', message }, from);
    return message;
  }

  /** For each member: how far the others have received and read. */
  everyone(chat: ServerChat): Everyone {
    const of = (senderId: string) => ({
      delivered: chat.everyone('delivered', senderId),
      read: chat.everyone('read', senderId),
    });
    return new Map(chat.members.map(({ userId }) => [userId, of(userId)]));
  }

  /** A member has left: messages that waited for this member alone rise. */
  settle(chat: ServerChat, leaver: string, before: Everyone): void {
    for (const status of ['delivered', 'read'] as const)
      this.#postStatus(chat, { userId: leaver, seq: 0, status, before });
  }

  #postStatus(
    chat: ServerChat,
    change: {
      userId: string;
      seq: number;
      status: 'delivered' | 'read';
      before: Everyone;
    },
    from?: Connection,
  ): void {
    const { userId, seq, status, before } = change;
    const base = { type: 'status', chatId: chat.chatId, status, userId, timestamp: this.#time() };
    for (const member of chat.members) {
      const was = before.get(member.userId)?.[status] ?? 0;
      const is = member.userId === userId ? 0 : chat.everyone(status, member.userId);
      const everyone = is > was;
      if (!everyone && seq === 0) continue;
      const frame = { ...base, seq: everyone ? is : seq, everyone };
      this.post(chat, frame, from, (id) => id === member.userId);
    }
  }

  /** Rises strictly. */
  #time(): number {
    this.#lastTime = Math.max(this.clock(), this.#lastTime + 1);
    return this.#lastTime;
  }
}

type Everyone = Map<string, { delivered: number; read: number }>;

type Draft = Pick<Message, 'senderId' | 'clientMessageId' | 'content' | 'kind' | 'replyTo'>;

export function newChatFrame(chat: ServerChat): object {
  const { chatId, createdAt, createdBy, kind, name, membershipVersion } = chat;
  const participants = chat.members.map((one) => one.userId);
  const group = kind === 'group' ? { admins: participants, membershipVersion, ...(name ? { name } : {}) } : {};
  return { type: 'chat', chat: { chatId, createdAt, createdBy, participants, type: kind, ...group } };
}

function acceptedOf({ chatId, clientMessageId, messageId, seq, timestamp }: Message): Accepted {
  return { chatId, clientMessageId, messageId, seq, timestamp, status: 'sent' };
}
