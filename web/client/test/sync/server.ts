import type { Chat, Message, ServerEvent, Status } from '../../src/contracts.js';
import { hiddenOf } from '../../src/conversation/message-states.js';
import { countOf } from '../../src/chats/unread.js';
import { withMine, withReaction, withSummary, type ReactionRows } from '../reactions.js';
import { CHAT, chat, lastMessage, ME, message, OTHER, own } from './build.js';
import { noticeOf } from './notices.js';
import { rejected, type Call } from './rest.js';
import { settingOf } from './settings.js';

interface ServerChat {
  view: Chat;
  readonly messages: Message[];
  /** The seqs of changed messages, in the order of their changes. */
  readonly changes: number[];
  /** By seq. */
  readonly reactions: Map<number, ReactionRows>;
  /** Changes that are not kept any more. */
  forgotten: number;
  readonly hidden: Set<number>;
  everyone: Status;
  /** The last message with this status. */
  upTo: number;
  /** Messages by which the summary in lists is behind. */
  lag: number;
}

/** The server's answers about one or several chats of the user. */
export class TestServer {
  readonly chats = new Map<string, ServerChat>();
  /** Rows of a page at most. */
  pageSize = 100;
  chatPageSize = 100;
  changesPageSize = 100;
  /** Users of one answer of `GET /users`. */
  userPageSize = 100;
  /** The blocked users, with the times. */
  readonly blocked = new Map<string, number>();
  blockPageSize = 100;
  readonly reports: unknown[] = [];
  /** Own messages that stay sent, since the other user had blocked this one. */
  keptBack: readonly number[] = [];
  #changes = 0;
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
    this.chats.set(chatId, {
      view: chat(0, { chatId, ...change }),
      messages: [],
      changes: [],
      reactions: new Map(),
      ...{ forgotten: 0, hidden: new Set(), everyone: 'sent', upTo: Infinity, lag: 0 },
    });
    for (let seq = 1; seq <= count; seq++) this.add({ chatId });
  }

  /** Stores a message of another user. The test posts the frame, if any. */
  add(change: Partial<Message> = {}): Message {
    const chatId = change.chatId ?? CHAT;
    const { messages } = this.#chat(chatId);
    const seq = messages.length + 1;
    const notices = messages.filter(({ kind }) => kind).length + (change.kind ? 1 : 0);
    const ordinal = notices === 0 ? {} : { count: seq - notices };
    const content = change.kind ? { content: null } : {};
    const made = (change.senderId === ME ? own : message)(seq, { chatId, ...ordinal, ...content, ...change });
    messages.push(made);
    return made;
  }

  /** Edits a message, or deletes it with `content: null`. Returns its frame, for the test to post. */
  edit(seq: number, content: string | null, chatId = CHAT): Extract<ServerEvent, { type: 'change' }> {
    const { messages, changes } = this.#chat(chatId);
    const before = messages[seq - 1];
    if (!before) throw rejected(404);
    const changeSeq = changes.push(seq);
    const state = content === null ? { deletedAt: 9, deletedBy: before.senderId } : { editedAt: 9 };
    const { replyTo, reactions, ...rest } = before;
    const answer = replyTo && content !== null ? { replyTo } : {};
    const kept = reactions && content !== null ? { reactions } : {};
    const message: Message = { ...rest, ...answer, ...kept, content, version: changeSeq, ...state };
    messages[seq - 1] = message;
    return { type: 'change', chatId, changeSeq, message };
  }

  /** Stores reactions of users: `null` removes one. They show after the next {@link sumUp}. */
  react(seq: number, userId: string, emoji: string | null): void {
    const { reactions } = this.#chat(CHAT);
    reactions.set(seq, withReaction(reactions.get(seq) ?? new Map(), userId, emoji));
  }

  /** Sums up the reactions to a message. Returns the frame of this change, for the test to post. */
  sumUp(seq: number): Extract<ServerEvent, { type: 'change' }> {
    const { messages, changes, reactions } = this.#chat(CHAT);
    const before = messages[seq - 1];
    if (!before) throw rejected(404);
    const changeSeq = changes.push(seq);
    const message = withSummary({ ...before, version: changeSeq }, reactions.get(seq) ?? new Map());
    messages[seq - 1] = message;
    return { type: 'change', chatId: CHAT, changeSeq, message };
  }

  hide(seq: number): void {
    this.#chat(CHAT).hidden.add(seq);
  }

  /** The server does not keep the changes so far any more. */
  forgetChanges(): void {
    const one = this.#chat(CHAT);
    one.forgotten = one.changes.length;
  }

  addMany(count: number, chatId = CHAT): void {
    for (let added = 0; added < count; added++) this.add({ chatId });
  }

  /** From now on, the server says this about the chat, such as its members and the windows of the user. */
  change(change: Partial<Chat>, chatId = CHAT): void {
    const one = this.#chat(chatId);
    one.view = { ...one.view, ...change } as Chat;
  }

  /** The user's mark. */
  mark(readSeq: number, chatId = CHAT): void {
    const one = this.#chat(chatId);
    one.view = { ...one.view, readSeq, deliveredSeq: readSeq };
  }

  /** The status of the user's messages. */
  setStatus(everyone: Status, upTo = Infinity): void {
    Object.assign(this.#chat(CHAT), { everyone, upTo });
  }

  answer = ({ route, query, body }: Call): object => {
    if (route === 'GET /chats') return this.#list(query);
    if (route === 'GET /users') return this.#users(query);
    if (route.includes(' /blocks')) return this.#blocks(route, query);
    if (route === 'POST /reports') return { reportId: `report ${String(this.reports.push(body))}`, reportedAt: 9 };
    if (route === 'POST /chats') return chat(0, { chatId: 'created' });
    const changed = this.#changed(route, body);
    if (changed) return changed;
    const [, chatId = '', part] = /^\w+ \/chats\/([^/]+)\/?(\w*)$/.exec(route) ?? [];
    const message = this.#changeMessage(route, body);
    if (message) return message;
    if (!this.chats.has(chatId)) throw rejected(404);
    if (part === 'clear') return { chatId, clearedSeq: (body as { upTo: number }).upTo };
    if (part === 'messages') return this.#page(chatId, query);
    const { lastSeq, readSeq } = this.#view(chatId);
    const setting = settingOf(part, body, { chatId, lastSeq, readSeq, changedAt: ++this.#changes });
    if (setting) return setting;
    const members = [...this.profiles].map(([userId, name]) => ({ userId, name }));
    return { ...this.#view(chatId), members, presence: { online: true } };
  };

  #changeMessage(route: string, body: unknown): object | undefined {
    const [, method, messageId, part] = /^(\w+) \/messages\/([^/]+)\/?(\w*)$/.exec(decodeURIComponent(route)) ?? [];
    const known = this.messages.find((one) => one.messageId === messageId);
    if (!known) return undefined;
    const { chatId, seq } = known;
    if (part === 'hide') {
      this.hide(seq);
      return { chatId, messageId, seq };
    }
    if (part === 'reaction') {
      const emoji = method === 'PUT' ? (body as { emoji: string }).emoji : null;
      this.react(seq, ME, emoji);
      return { chatId, messageId, emoji, changedAt: ++this.#changes };
    }
    if (method === 'DELETE') return known.content === null ? known : this.edit(seq, null).message;
    const { content, version } = body as { content: string; version: number };
    if (version !== (known.version ?? 0)) throw rejected(409, { message: known });
    return this.edit(seq, content).message;
  }

  /** Changes of a group, of which the tests need these. */
  #changed(route: string, body: unknown): object | undefined {
    const [, method, chatId = '', userId = ''] = /^(\w+) \/chats\/([^/]+)(?:\/members\/?([^/]*).*)?$/.exec(route) ?? [];
    const kind = noticeOf(`${String(method)} ${route.split('/').slice(3).join('/')}`, userId, body);
    if (!kind) return undefined;
    const { view } = this.#chat(chatId);
    const membershipVersion = (view.membershipVersion ?? 0) + 1;
    const message = this.add({ chatId, senderId: ME, kind });
    this.change({ membershipVersion }, chatId);
    return { chatId, membershipVersion, message };
  }

  #chat(chatId: string) {
    const found = this.chats.get(chatId);
    if (!found) throw rejected(404);
    return found;
  }

  #view(chatId: string): Chat {
    const { view, messages, lag, changes: changed } = this.#chat(chatId);
    const visible = this.#visible(chatId);
    const [newest, last] = [visible.at(-1), visible.at(-1 - lag)];
    if (!newest || !last) return view;
    const read = messages[view.readSeq - 1];
    const unreadCount = view.role === 'former' ? 0 : Math.max(0, countOf(newest) - (read ? countOf(read) : 0));
    const summary = { lastMessage: lastMessage(last), lastMessageTime: last.timestamp };
    const unread = (one: Message) => one.seq > view.readSeq && one.deletedAt !== undefined && one.senderId !== ME;
    const deleted = visible.filter(unread).length;
    const changes = changed.length > 0 && view.role !== 'former' ? { changeSeq: changed.length } : {};
    return { ...view, ...changes, lastSeq: newest.seq, ...summary, unreadCount: Math.max(0, unreadCount - deleted) };
  }

  #page(chatId: string, query: URLSearchParams): object {
    const { view, everyone, upTo } = this.#chat(chatId);
    const visible = this.#visible(chatId);
    const limit = Math.min(Number(query.get('limit')), this.pageSize);
    const after = query.get('after');
    const before = Number(query.get('before') ?? Infinity);
    const all = visible.filter(({ seq }) => seq < before && seq > Number(after ?? 0));
    const page = after === null ? all.slice(-limit) : all.slice(0, limit);
    const statusOf = (seq: number) => (seq > upTo || this.keptBack.includes(seq) ? 'sent' : everyone);
    const shown = page.map((one) => (one.senderId === ME ? { ...one, status: statusOf(one.seq) } : one));
    const { windows } = view;
    const lastSeq = visible.at(-1)?.seq ?? 0;
    const hidden = this.#chat(chatId).hidden;
    const mask = (one: Message) => (hidden.has(one.seq) ? hiddenOf(one) : this.#withMine(chatId, one));
    const more = { ...(windows ? { windows } : {}), ...(hidden.size > 0 ? { hidden: [...hidden] } : {}) };
    const changed = this.#changesAfter(chatId, query.get('changedAfter'));
    return { messages: shown.map(mask), lastSeq, hasMore: all.length > page.length, ...changed, ...more };
  }

  #changesAfter(chatId: string, changedAfter: string | null): object {
    const { changes, forgotten, messages } = this.#chat(chatId);
    const newest = { changed: [], changeSeq: changes.length, hasMoreChanges: false };
    if (changedAfter === null || Number(changedAfter) === changes.length) return newest;
    if (Number(changedAfter) < forgotten) return { ...newest, reset: true };
    const visible = new Set(this.#visible(chatId).map(({ seq }) => seq));
    const part = changes.slice(Number(changedAfter), Number(changedAfter) + this.changesPageSize);
    const changeSeq = Number(changedAfter) + part.length;
    const changed = [...new Set(part)].filter((seq) => visible.has(seq)).flatMap((seq) => messages[seq - 1] ?? []);
    return {
      changed: changed.map((one) => this.#withMine(chatId, one)),
      changeSeq,
      hasMoreChanges: changeSeq < changes.length,
    };
  }

  #withMine(chatId: string, message: Message): Message {
    return withMine(message, this.#chat(chatId).reactions.get(message.seq) ?? new Map(), ME);
  }

  #visible(chatId: string): Message[] {
    const { view, messages } = this.#chat(chatId);
    const { windows = [{ from: 1 }] } = view;
    return messages.filter(({ seq }) => windows.some(({ from, to = Infinity }) => from <= seq && seq <= to));
  }

  #list(query: URLSearchParams): object {
    const isListed = ({ requestedBy }: Chat) => (requestedBy !== undefined) === (query.get('requests') === 'true');
    const views = [...this.chats.keys()].map((chatId) => this.#view(chatId)).filter(isListed);
    const moved = views.filter((view) => view.lastMessageTime >= Number(query.get('since') ?? 0));
    const from = Number(query.get('cursor') ?? 0);
    const chats = moved.sort((a, b) => b.lastMessageTime - a.lastMessageTime).slice(from, from + this.chatPageSize);
    const next = from + chats.length;
    return { chats, asOf: this.asOf, ...(next < moved.length ? { cursor: String(next) } : {}) };
  }

  #blocks(route: string, query: URLSearchParams): object {
    const [, method, userId] = /^(\w+) \/blocks\/?(.*)$/.exec(route) ?? [];
    if (method === 'PUT') this.blocked.set(userId ?? '', 1);
    if (method === 'DELETE') this.blocked.delete(userId ?? '');
    const from = Number(query.get('cursor') ?? 0);
    const users = [...this.blocked].map(([id, blockedAt]) => ({
      userId: id,
      name: this.profiles.get(id) ?? id,
      blockedAt,
    }));
    const blocks = users.slice(from, from + this.blockPageSize);
    const next = from + blocks.length;
    return { blocks, ...(next < users.length ? { cursor: String(next) } : {}) };
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
