import type { Conversation, ConversationState } from '../api.js';
import type { ChatStore } from '../chats/store.js';
import type { Chat, Message, Profile, Receipts as ReceiptsView, ServerEvent } from '../contracts.js';
import { Value, type Readable } from '../observable.js';
import type { Activity, Link, Rest, SendQueue, Tabs } from '../parts.js';
import { present } from '../rest/present.js';
import type { Profiles } from '../people/people.js';
import type { Attention } from '../ports.js';
import type { Receipts } from '../receipts/receipts.js';
import { Task, type TaskPorts } from '../task.js';
import { History } from './history.js';
import { ConversationLoader } from './loader.js';
import { RowMaker } from './rows.js';
import { isSame, membersOf, stateOf } from './state.js';
import { TAIL } from './tail.js';
import type { Tails } from './tails.js';
import * as timelines from './timeline.js';
import type { Timeline } from './timeline.js';
import { NO_LINE, frozen, lineAt, removed } from './unread-line.js';

export interface ConversationDeps {
  readonly rest: Rest;
  readonly link: Pick<Link, 'events' | 'opened'>;
  readonly tabs: Pick<Tabs, 'leading'>;
  readonly outbox: SendQueue;
  readonly activity: Activity;
  readonly receipts: Receipts;
  readonly store: ChatStore;
  readonly people: Profiles;
  readonly tails: Tails;
  readonly attention: Readable<Attention>;
  readonly ports: TaskPorts;
}

/** A conversation while a tab shows it. */
export class LiveConversation implements Conversation {
  readonly state: Value<ConversationState>;
  readonly #deps: ConversationDeps;
  readonly #me: string;
  readonly #history: History;
  readonly #loader: ConversationLoader;
  readonly #syncing: Task;
  readonly #rows = new RowMaker();
  readonly #ends: (() => void)[] = [];
  readonly #onClose: () => void;
  #line = NO_LINE;
  #members: readonly Profile[] = [];
  #lastChat: Chat | undefined;

  constructor(
    deps: ConversationDeps,
    me: string,
    readonly chatId: string,
    timeline: Timeline,
    onClose: () => void,
  ) {
    this.#deps = deps;
    this.#me = me;
    this.#onClose = onClose;
    const onPage = (messages: readonly Message[]) => this.#takePage(messages);
    this.#history = new History({ rest: deps.rest, clock: deps.ports.clock, chatId, onPage }, timeline);
    this.#loader = new ConversationLoader(deps, this.#history, chatId, () => this.#line.after ?? 0);
    this.#syncing = new Task(
      (signal) => this.#sync(signal),
      (problem) => this.#history.report(problem),
      deps.ports,
    );
    this.state = new Value(this.#newState());
    this.#takeChat();
    this.#subscribe();
    void this.#start();
  }

  get timeline(): Timeline {
    return this.#history.timeline.value;
  }

  async send(content: string): Promise<void> {
    // The separator has done its work, and the own message belongs at the end of the chat.
    this.#line = removed(this.#line);
    this.#update();
    await this.#deps.outbox.add(this.chatId, content);
    void this.#history.jumpToEnd();
  }

  loadOlder(): Promise<void> {
    return this.#history.loadOlder();
  }

  loadNewer(): Promise<void> {
    return this.#history.loadNewer();
  }

  jumpToEnd(): Promise<void> {
    return this.#history.jumpToEnd();
  }

  seen(seq: number): boolean {
    const { visible, focused } = this.#deps.attention.value;
    if (!visible || !focused) return false;
    // Only messages of others have receipts.
    const last = this.timeline.messages.findLast((message) => message.seq <= seq && message.senderId !== this.#me);
    if (last) this.#deps.receipts.readUpTo(this.chatId, last.seq);
    return true;
  }

  typing(): void {
    this.#deps.activity.type(this.chatId);
  }

  async receipts(messageId: string): Promise<ReceiptsView> {
    const path = { messageId };
    return present((await this.#deps.rest.GET('/messages/{messageId}/receipts', { params: { path } })).data);
  }

  reload(): Promise<void> {
    return this.#syncing.run();
  }

  close(): void {
    this.#onClose();
  }

  /** Frees everything. The state stays as it is. */
  dispose(): void {
    this.#syncing.stop();
    this.#history.close();
    for (const end of this.#ends.splice(0)) end();
  }

  get #chat(): Chat | undefined {
    return this.#deps.store.chats.value.get(this.chatId);
  }

  #subscribe(): void {
    const { link, outbox, people, store } = this.#deps;
    const update = () => this.#update();
    this.#ends.push(
      link.events.subscribe((event) => this.#apply(event)),
      link.opened.subscribe(() => void this.#syncing.run()),
      outbox.accepted.subscribe((message) => this.#accept(message)),
      outbox.entries.subscribe(update),
      people.all.subscribe(update),
      store.chats.subscribe(() => this.#takeChat()),
      this.#history.loading.subscribe(update),
      this.#history.timeline.subscribe((timeline) => this.#keep(timeline)),
    );
  }

  /** Shows the stored messages, then asks the server. */
  async #start(): Promise<void> {
    await this.#loader.restore();
    void this.#syncing.run();
  }

  async #sync(signal: AbortSignal): Promise<void> {
    await this.#loader.load(signal);
    if (signal.aborted) return;
    this.#line = frozen(this.#line);
    this.#update();
  }

  /** The list may know of newer messages, of erased members, and of the user's mark. */
  #takeChat(): void {
    const chat = this.#chat;
    if (!chat || chat === this.#lastChat) return;
    if (!this.#lastChat && chat.type === 'direct') this.#ends.push(this.#deps.activity.watch(this.chatId));
    this.#lastChat = chat;
    this.#line = lineAt(this.#line, chat.readSeq, chat.lastSeq);
    this.#history.change((timeline) => {
      const erased = (chat.erased ?? []).reduce(timelines.withErased, timeline);
      return timelines.withLastSeq(erased, chat.lastSeq);
    });
    this.#update();
    // The chat was created meanwhile, or the user is a member again.
    if (this.#loader.isMissing) void this.#syncing.run();
    this.#fillGap();
  }

  #takePage(messages: readonly Message[]): void {
    this.#deps.outbox.confirm(messages);
    const last = messages.at(-1);
    if (last) this.#deps.store.learnMessage(last);
    const received = messages.findLast(({ senderId }) => senderId !== this.#me);
    if (received) this.#deps.receipts.delivered(this.chatId, received.seq);
  }

  #apply(event: ServerEvent): void {
    if (event.type === 'message' && event.message.chatId === this.chatId) {
      this.#history.change((timeline) => timelines.received(timeline, event.message));
      this.#fillGap();
    } else if (event.type === 'status' && event.chatId === this.chatId && event.everyone) {
      this.#history.change((timeline) => timelines.withStatus(timeline, event.status, event.seq));
    } else if (event.type === 'erased' && event.chatId === this.chatId) {
      this.#history.change((timeline) => timelines.withErased(timeline, event.userId));
    }
  }

  #accept(message: Message): void {
    if (message.chatId !== this.chatId) return;
    this.#history.change((timeline) => timelines.accepted(timeline, message));
    this.#fillGap();
  }

  #fillGap(): void {
    if (timelines.hasGap(this.timeline)) this.#syncing.start();
  }

  /** Shows the timeline, and stores its end. */
  #keep(timeline: Timeline): void {
    const { store, tails } = this.#deps;
    if (timeline.base !== undefined && timeline.following) {
      tails.save(this.chatId, timeline.messages.slice(-TAIL), timeline.ticks);
    }
    store.learnTicks(this.chatId, timeline.ticks);
    this.#update();
  }

  #update(): void {
    const next = this.#newState();
    if (!isSame(this.state.value, next)) this.state.set(next);
  }

  #newState(): ConversationState {
    const { outbox, people } = this.#deps;
    const { timeline } = this;
    const entries = outbox.entries.value.filter(({ chatId }) => chatId === this.chatId);
    this.#members = membersOf(this.#chat, people.all.value, this.#members);
    return stateOf({
      timeline,
      rows: this.#rows.rows(timeline, entries),
      loading: this.#history.loading.value,
      line: this.#line,
      members: this.#members,
      isMissing: this.#loader.isMissing,
    });
  }
}
