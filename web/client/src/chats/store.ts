import type { Chat, Message, ServerEvent } from '../contracts.js';
import { joined, NO_TICKS, raised, type Ticks } from '../conversation/ticks.js';
import type { PalomaError } from '../errors.js';
import { Value, type Readable } from '../observable.js';
import type { Link, Rest, SendQueue, Tabs, Topic } from '../parts.js';
import type { Profiles } from '../people/people.js';
import type { Receipts } from '../receipts/receipts.js';
import { Task, type TaskPorts } from '../task.js';
import type { ChatCache } from './cache.js';
import { LastRows } from './last-rows.js';
import { ChatLoader } from './loader.js';
import { ListRefresh } from './refresh.js';
import * as state from './state.js';

/** The last message of a chat, with the ticks that its status shows. */
const LAST_ROW: Topic<{ readonly message: Message; readonly ticks: Ticks }> = { name: 'last row' };

interface ChatStoreDeps {
  readonly me: Readable<string | undefined>;
  readonly rest: Rest;
  readonly link: Pick<Link, 'events' | 'opened' | 'acks'>;
  readonly tabs: Tabs;
  readonly outbox: Pick<SendQueue, 'accepted'>;
  readonly receipts: Receipts;
  readonly people: Profiles;
  readonly cache: ChatCache;
  readonly ports: TaskPorts;
}

/** The chats of the user in this tab: from the cache, from lists, and from frames. */
export class ChatStore {
  /** All chats that are known: until `isListed`, only those of open conversations. */
  readonly chats = new Value<state.ChatMap>(new Map());
  /** Whether a list is there: from the cache, or the first page of the server. */
  readonly isListed = new Value(false);
  /** Of the own messages, by chat. */
  readonly ticks = new Value<ReadonlyMap<string, Ticks>>(new Map());
  readonly problem = new Value<PalomaError | undefined>(undefined);
  readonly #deps: ChatStoreDeps;
  readonly #list: ListRefresh;
  readonly #loader: ChatLoader;
  readonly #lastRows: LastRows;
  #refreshing: Task | undefined;
  /** When the list in progress was asked for, by `clock.elapsed()`. */
  #askedAt = 0;
  /** When this tab learned of mutes, by `clock.elapsed()`: lists that were asked for earlier do not know them. */
  readonly #mutedAt = new Map<string, number>();
  /** Frames from before the first list. */
  #early: ServerEvent[] = [];

  constructor(deps: ChatStoreDeps) {
    this.#deps = deps;
    this.#loader = new ChatLoader(deps.rest, deps.ports, (chat, messages) => this.#loaded(chat, messages));
    const take = (chats: readonly Chat[]) => this.#takePage(chats);
    this.#list = new ListRefresh({ rest: deps.rest, take, unsettled: () => this.#unsettled() });
    this.#lastRows = new LastRows({
      ...deps,
      me: () => deps.me.value,
      chats: () => [...this.chats.value.values()],
      ticks: (chatId) => this.ticks.value.get(chatId),
      found: (message, ticks) => {
        this.#takeLastRow(message, ticks);
        deps.tabs.post(LAST_ROW, { message, ticks });
      },
    });
    deps.tabs.on(LAST_ROW, ({ message, ticks }) => this.#takeLastRow(message, ticks));
    deps.link.events.subscribe((event) => this.#apply(event));
    deps.link.acks.subscribe((ack) => 'readSeq' in ack && this.#ownMarks(ack.chatId, ack.deliveredSeq, ack.readSeq));
    deps.link.opened.subscribe(() => void this.#refreshing?.run());
    deps.outbox.accepted.subscribe((message) => this.#apply({ type: 'message', message }));
    deps.receipts.read.subscribe(({ chatId, seq }) =>
      this.#change((all) => state.withMarks(all, chatId, { read: seq })),
    );
  }

  /** Shows the cached list, then asks the server. */
  async start(): Promise<void> {
    const refreshing = new Task(
      (signal) => this.#refresh(signal),
      (problem) => this.problem.set(problem),
      this.#deps.ports,
    );
    this.#refreshing = refreshing;
    const cached = await this.#deps.cache.load().catch(() => undefined);
    if (this.#refreshing !== refreshing) return;
    if (cached && cached.chats.length > 0) this.#restore(cached.chats, cached.ticks);
    void refreshing.run();
  }

  /** For another user, or after a logout. */
  reset(): void {
    this.#refreshing?.stop();
    this.#refreshing = undefined;
    this.#list.reset();
    this.isListed.set(false);
    this.#early = [];
    this.#mutedAt.clear();
    this.#loader.reset();
    this.#lastRows.reset();
    this.#deps.cache.reset();
    this.chats.set(new Map());
    this.ticks.set(new Map());
    this.problem.set(undefined);
  }

  /** Takes chats of an answer of the server. `askedAt`: when the call began, by `clock.elapsed()`. */
  learn(chats: readonly Chat[], askedAt = Infinity): void {
    const { receipts, people } = this.#deps;
    const me = this.#deps.me.value;
    people.learn(chats.flatMap((chat) => chat.members ?? []));
    for (const { chatId, deliveredSeq, readSeq, lastMessage } of chats) {
      receipts.confirmed(chatId, { delivered: deliveredSeq, read: readSeq });
      if (lastMessage && lastMessage.senderId !== me) receipts.delivered(chatId, lastMessage.seq);
    }
    const isLate = ({ chatId }: Chat) => (this.#mutedAt.get(chatId) ?? -1) > askedAt;
    this.#change((all) => {
      const kept = chats.filter(isLate).map(({ chatId }) => [chatId, all.get(chatId)?.mutedUntil ?? null] as const);
      const next = state.withChats(all, chats);
      return kept.reduce((muted, [chatId, until]) => state.withMute(muted, chatId, until), next);
    });
  }

  learnTicks(chatId: string, ticks: Ticks): void {
    const known = this.ticks.value.get(chatId) ?? NO_TICKS;
    const next = joined(known, ticks);
    if (next !== known) this.ticks.set(new Map(this.ticks.value).set(chatId, next));
  }

  /** Takes the newest message of a page: the frame about it may be lost. */
  learnMessage(message: Message): void {
    const known = this.chats.value.get(message.chatId);
    if (known && message.seq > (known.lastMessage?.seq ?? 0)) this.#message(message);
  }

  setMute(chatId: string, until: number | null): void {
    this.#mutedAt.set(chatId, this.#deps.ports.clock.elapsed());
    this.#change((all) => state.withMute(all, chatId, until));
  }

  /** After a failure: at once, without the wait. */
  refresh(): Promise<void> {
    return this.#refreshing?.run() ?? Promise.resolve();
  }

  /** Restored data is not written back, so that a start writes nothing. */
  #restore(chats: readonly Chat[], ticks: ReadonlyMap<string, Ticks>): void {
    for (const { chatId, deliveredSeq, readSeq } of chats) {
      this.#deps.receipts.restore(chatId, { delivered: deliveredSeq, read: readSeq });
    }
    this.#deps.people.learn(chats.flatMap((chat) => chat.members ?? []));
    for (const [chatId, known] of ticks) this.learnTicks(chatId, known);
    const known = [...this.chats.value.values()];
    this.chats.set(state.withChats(new Map(chats.map((chat) => [chat.chatId, chat])), known));
    this.#listed();
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const isFirst = this.#list.isFirst;
    this.#askedAt = this.#deps.ports.clock.elapsed();
    await this.#list.run(signal);
    if (signal.aborted) return;
    this.#deps.receipts.resend();
    // Other tabs hear the result. At its start, a tab needs its own.
    if (isFirst || this.#deps.tabs.leading.value) this.#lastRows.complete();
  }

  #takePage(chats: readonly Chat[]): void {
    this.learn(chats, this.#askedAt);
    this.#listed();
  }

  /** Chats that a receipt may have changed on another device, or that the server may not know ours of. */
  #unsettled(): readonly Chat[] {
    const chats = [...this.chats.value.values()];
    return chats.filter((chat) => state.unreadOf(chat) > 0 || this.#deps.receipts.isOpen(chat.chatId));
  }

  #takeLastRow(message: Message, ticks: Ticks): void {
    this.learnTicks(message.chatId, ticks);
    this.learnMessage(message);
  }

  #apply(event: ServerEvent): void {
    const me = this.#deps.me.value;
    if (me === undefined) return;
    if (!this.isListed.value) {
      this.#early.push(event);
      return;
    }
    if (event.type === 'message') {
      if (event.message.senderId !== me) this.#deps.receipts.heard(event.message.chatId, event.message.seq);
      this.#message(event.message);
    } else if (event.type === 'chat') {
      this.#change((all) => state.withNewChat(all, event.chat));
    } else if (event.type === 'settings' && 'chat' in event) {
      this.setMute(event.chat.chatId, event.chat.mutedUntil);
    } else if (event.type === 'erased') {
      this.#change((all) => state.withErasedMember(all, event.chatId, event.userId));
    } else if (event.type === 'status') {
      const { chatId, status, seq } = event;
      if (event.userId === me) this.#ownMarks(chatId, seq, status === 'read' ? seq : 0);
      if (event.everyone) this.learnTicks(chatId, raised(NO_TICKS, status, seq));
    }
  }

  #ownMarks(chatId: string, delivered: number, read: number): void {
    this.#deps.receipts.confirmed(chatId, { delivered, read });
    this.#change((all) => state.withMarks(all, chatId, { delivered, read }));
  }

  #message(message: Message): void {
    const me = this.#deps.me.value;
    if (me === undefined) return;
    if (this.chats.value.has(message.chatId)) this.#change((all) => state.withMessage(all, me, message));
    else this.#loader.load(message);
  }

  #loaded(chat: Chat, messages: readonly Message[]): void {
    this.learn([chat]);
    for (const message of messages) this.#message(message);
  }

  #listed(): void {
    this.isListed.set(true);
    const early = this.#early;
    this.#early = [];
    for (const event of early) this.#apply(event);
  }

  #change(change: (chats: state.ChatMap) => state.ChatMap): void {
    const before = this.chats.value;
    const next = change(before);
    this.chats.set(next);
    if (next !== before && this.#deps.tabs.leading.value) this.#deps.cache.save(next);
  }
}
