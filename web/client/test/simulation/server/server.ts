import type { Accepted, Message } from '../../../src/contracts.js';
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
    const { chatId, createdAt } = chat;
    const view = { chatId, createdAt, createdBy: members[0]?.userId, participants: members.map((one) => one.userId) };
    this.post(chat, { type: 'chat', chat: { ...view, type: kind, ...(name ? { name } : {}) } });
    return chat;
  }

  chatOf(userId: string, chatId: unknown): ServerChat | undefined {
    const chat = this.chats.get(String(chatId));
    return chat?.has(userId) ? chat : undefined;
  }

  /** Accepts a message once for each `clientMessageId`. `from`: the socket that sent it gets no frame. */
  accept(
    userId: string,
    chatId: unknown,
    body: { content?: unknown; clientMessageId?: unknown },
    from?: Connection,
  ): Answer {
    const chat = this.chatOf(userId, chatId);
    if (!chat) return problem(404, 'There is no such chat.');
    const { content, clientMessageId } = body;
    if (typeof content !== 'string' || typeof clientMessageId !== 'string') return problem(400, 'A field is missing.');
    if (new TextEncoder().encode(content).length > MAX_CONTENT) return problem(400, 'The content is too long.');
    const known = chat.messages.find((one) => one.senderId === userId && one.clientMessageId === clientMessageId);
    if (known && known.content !== content)
      return problem(409, 'Another message has this id.', { messageId: known.messageId, seq: known.seq });
    return ok(acceptedOf(known ?? this.#append(chat, userId, clientMessageId, content, from)), 202);
  }

  /** A receipt covers all earlier messages, and never goes back. */
  mark(userId: string, chat: ServerChat, seq: number, status: 'delivered' | 'read', from?: Connection): Answer {
    const message = chat.messages[seq - 1];
    if (!message) return problem(404, 'There is no such message.');
    const marks = chat.marksOf(userId);
    const before = this.#everyone(chat);
    const moved = seq > (status === 'read' ? marks.read : marks.delivered);
    marks.delivered = Math.max(marks.delivered, seq);
    if (status === 'read') marks.read = Math.max(marks.read, seq);
    if (moved) this.#postStatus(chat, { userId, seq, status, before }, from);
    const { chatId } = chat;
    const rest = { deliveredSeq: marks.delivered, readSeq: marks.read, unreadCount: chat.lastSeq - marks.read };
    return ok({ chatId, messageId: message.messageId, seq, status, ...rest });
  }

  /** Posts a frame to all sockets of all members, or of those that `to` selects. */
  post(chat: ServerChat, frame: object, except?: Connection, to: (userId: string) => boolean = () => true): void {
    for (const connection of this.connections) {
      if (connection !== except && chat.has(connection.userId) && to(connection.userId)) connection.post(frame);
    }
  }

  #append(chat: ServerChat, senderId: string, clientMessageId: string, content: string, from?: Connection): Message {
    const timestamp = this.#time();
    const seq = chat.lastSeq + 1;
    const ids = { chatId: chat.chatId, clientMessageId, messageId: this.random.id(), senderId };
    const message: Message = { ...ids, content, createdAt: timestamp, seq, status: 'sent', timestamp };
    chat.messages.push(message);
    chat.movedAt = timestamp;
    // A sender has read the own message, and all before it.
    Object.assign(chat.marksOf(senderId), { delivered: seq, read: seq });
    this.post(chat, { type: 'message', message }, from);
    return message;
  }

  /** For each member: how far the others have received and read. */
  #everyone(chat: ServerChat) {
    const of = (senderId: string) => ({
      delivered: chat.everyone('delivered', senderId),
      read: chat.everyone('read', senderId),
    });
    return new Map(chat.members.map(({ userId }) => [userId, of(userId)]));
  }

  #postStatus(
    chat: ServerChat,
    change: {
      userId: string;
      seq: number;
      status: 'delivered' | 'read';
      before: Map<string, { delivered: number; read: number }>;
    },
    from?: Connection,
  ): void {
    const { userId, seq, status, before } = change;
    const base = { type: 'status', chatId: chat.chatId, status, userId, timestamp: this.#time() };
    for (const member of chat.members) {
      const was = before.get(member.userId)?.[status] ?? 0;
      const is = member.userId === userId ? 0 : chat.everyone(status, member.userId);
      const everyone = is > was;
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

function acceptedOf({ chatId, clientMessageId, messageId, seq, timestamp }: Message): Accepted {
  return { chatId, clientMessageId, messageId, seq, timestamp, status: 'sent' };
}
