import type { Chat, Message, Status } from '../../src/contracts.js';
import { CHAT, chat, lastMessage, ME, message, OTHER, own } from './build.js';
import { rejected, type Call } from './rest.js';

interface ServerChat {
  view: Chat;
  readonly messages: Message[];
  everyone: Status;
  /** Messages by which the summary in lists is behind. */
  lag: number;
}

/** The server's answers about one or several chats of the user. */
export class TestServer {
  readonly chats = new Map<string, ServerChat>();
  /** Rows of a page at most. */
  pageSize = 100;
  chatPageSize = 100;
  /** Users of one answer of `GET /users`. */
  userPageSize = 100;
  asOf = 1_000;
  profiles = new Map([
    [ME, 'Me'],
    [OTHER, 'Other'],
  ]);

  constructor() {
    this.addChat(CHAT, 0);
  }

  get messages(): Message[] {
    return this.#chat(CHAT).messages;
  }

  addChat(chatId: string, count: number, change: Partial<Chat> = {}): void {
    this.chats.set(chatId, { view: chat(0, { chatId, ...change }), messages: [], everyone: 'sent', lag: 0 });
    for (let seq = 1; seq <= count; seq++) this.add({ chatId });
  }

  /** Stores a message of another user. The test posts the frame, if any. */
  add(change: Partial<Message> = {}): Message {
    const chatId = change.chatId ?? CHAT;
    const { messages } = this.#chat(chatId);
    const made = (change.senderId === ME ? own : message)(messages.length + 1, { chatId, ...change });
    messages.push(made);
    return made;
  }

  addMany(count: number, chatId = CHAT): void {
    for (let added = 0; added < count; added++) this.add({ chatId });
  }

  /** The user's mark. */
  mark(readSeq: number, chatId = CHAT): void {
    const one = this.#chat(chatId);
    one.view = { ...one.view, readSeq, deliveredSeq: readSeq };
  }

  /** The status of the user's messages. */
  setStatus(everyone: Status): void {
    this.#chat(CHAT).everyone = everyone;
  }

  answer = ({ route, query, body }: Call): object => {
    if (route === 'GET /chats') return this.#list(query);
    if (route === 'GET /users') return this.#users(query);
    if (route === 'POST /chats') return chat(0, { chatId: 'created' });
    const [, chatId = '', part] = /^\w+ \/chats\/([^/]+)\/?(\w*)$/.exec(route) ?? [];
    if (!this.chats.has(chatId)) throw rejected(404);
    if (part === 'messages') return this.#page(chatId, query);
    if (part === 'mute') return { chatId, mutedUntil: (body as { until: number | null }).until };
    const members = [...this.profiles].map(([userId, name]) => ({ userId, name }));
    return { ...this.#view(chatId), members, presence: { online: true } };
  };

  #chat(chatId: string) {
    const found = this.chats.get(chatId);
    if (!found) throw rejected(404);
    return found;
  }

  #view(chatId: string): Chat {
    const { view, messages, lag } = this.#chat(chatId);
    const last = messages.at(-1 - lag);
    if (!last) return view;
    return { ...view, lastSeq: messages.length, lastMessage: lastMessage(last), lastMessageTime: last.timestamp };
  }

  #page(chatId: string, query: URLSearchParams): object {
    const { messages, everyone } = this.#chat(chatId);
    const limit = Math.min(Number(query.get('limit')), this.pageSize);
    const after = query.get('after');
    const before = Number(query.get('before') ?? Infinity);
    const all = messages.filter(({ seq }) => seq < before && seq > Number(after ?? 0));
    const page = after === null ? all.slice(-limit) : all.slice(0, limit);
    const shown = page.map((one) => (one.senderId === ME ? { ...one, status: everyone } : one));
    return { messages: shown, lastSeq: messages.length, hasMore: all.length > page.length };
  }

  #list(query: URLSearchParams): object {
    const since = Number(query.get('since') ?? 0);
    const views = [...this.chats.keys()].map((chatId) => this.#view(chatId));
    const moved = views.filter((view) => view.lastMessageTime >= since);
    const from = Number(query.get('cursor') ?? 0);
    const chats = moved.sort((a, b) => b.lastMessageTime - a.lastMessageTime).slice(from, from + this.chatPageSize);
    const next = from + chats.length;
    return { chats, asOf: this.asOf, ...(next < moved.length ? { cursor: String(next) } : {}) };
  }

  #users(query: URLSearchParams): object {
    if (query.has('email')) {
      if (query.get('email') !== 'other@example.com') throw rejected(404);
      return { userId: OTHER, name: 'Found', email: 'other@example.com', createdAt: 1 };
    }
    const ids = query.get('ids')?.split(',') ?? [];
    const users = ids.flatMap((userId) => {
      const name = this.profiles.get(userId);
      return name === undefined ? [] : [{ userId, name }];
    });
    const shown = users.slice(0, this.userPageSize);
    return { users: shown, ...(shown.length < users.length ? { cursor: 'next' } : {}) };
  }
}
