import type { Conversation, ConversationState } from '../api.js';
import { lastCountOf, readCountOf } from '../chats/unread.js';
import type { Chat, HiddenMessages, Message, Profile, Receipts as ReceiptsView, ServerEvent } from '../contracts.js';
import { Value } from '../observable.js';
import { Task } from '../task.js';
import type { ConversationDeps } from './deps.js';
import { History } from './history.js';
import { ConversationLoader } from './loader.js';
import { Looks } from './looks.js';
import { receiptsOf } from './reading.js';
import { RowMaker } from './rows.js';
import { isSame, membersOf, newMembers, stateOf } from './state.js';
import { lastRun } from './tail.js';
import { ChangeCalls } from './change-calls.js';
import * as changes from './changes.js';
import * as timelines from './timeline.js';
import type { Timeline } from './timeline.js';
import { NO_LINE, frozen, lineAt, removed } from './unread-line.js';
import { Watch } from './watch.js';

/** A conversation while a tab shows it. */
export class LiveConversation implements Conversation {
  readonly state: Value<ConversationState>;
  readonly #deps: ConversationDeps;
  readonly #me: string;
  readonly #history: History;
  readonly #loader: ConversationLoader;
  readonly #syncing: Task;
  readonly #rows = new RowMaker();
  readonly #watch: Watch;
  readonly #calls: ChangeCalls;
  readonly #looks: Looks;
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
    const isDirect = () => this.#chat?.type === 'direct';
    this.#history = new History({ rest: deps.rest, clock: deps.ports.clock, chatId, isDirect, onPage }, timeline);
    this.#loader = new ConversationLoader(deps, this.#history, chatId, () => this.#line.after ?? 0);
    this.#looks = new Looks({ ...deps, chatId, me, messages: () => this.timeline.messages });
    this.#watch = new Watch(() => deps.activity.watch(chatId));
    this.#calls = new ChangeCalls({ ...deps, me, find: (id) => timelines.messageOf(this.timeline, id) });
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

  async send(content: string, { replyTo }: { replyTo?: string } = {}): Promise<void> {
    // The separator has done its work, and the own message belongs at the end of the chat.
    this.#line = removed(this.#line);
    this.#update();
    await this.#deps.outbox.add(this.chatId, content, replyTo);
    void this.#history.jumpToEnd();
  }

  edit(messageId: string, content: string): Promise<void> {
    return this.#calls.edit(messageId, content);
  }

  delete(messageId: string): Promise<void> {
    return this.#calls.delete(messageId);
  }

  hide(messageId: string): Promise<void> {
    return this.#calls.hide(messageId);
  }

  react(messageId: string, emoji: string): Promise<void> {
    return this.#calls.react(messageId, emoji);
  }

  unreact(messageId: string): Promise<void> {
    return this.#calls.react(messageId, null);
  }

  loadOlder(): Promise<void> {
    return this.#history.loadOlder();
  }

  loadNewer(): Promise<void> {
    return this.#history.loadNewer();
  }

  showAround(seq: number): Promise<boolean> {
    return this.#history.showAround(seq);
  }

  jumpToEnd(): Promise<void> {
    return this.#history.jumpToEnd();
  }

  seen(seq: number): boolean {
    return this.#looks.seen(seq);
  }

  typing(): void {
    if (this.#chat?.requestedBy !== undefined) return;
    this.#deps.activity.type(this.chatId);
  }

  receipts(messageId: string): Promise<ReceiptsView> {
    return receiptsOf(this.#deps.rest, messageId);
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
    this.#watch.end();
    this.#history.close();
    this.#calls.close();
    for (const end of this.#ends.splice(0)) end();
  }

  get #chat(): Chat | undefined {
    return this.#deps.store.chats.value.get(this.chatId);
  }

  #subscribe(): void {
    const { link, outbox, people, store, ownReactions } = this.#deps;
    const update = () => this.#update();
    this.#ends.push(
      link.events.subscribe((event) => this.#apply(event)),
      link.opened.subscribe(() => void this.#syncing.run()),
      outbox.accepted.subscribe((message) => this.#accept(message)),
      store.groupChanges.subscribe((message) => this.#accept(message)),
      store.states.subscribe((message) => this.#takeChange(message.version ?? 0, message)),
      store.hidden.subscribe((hidden) => this.#hide(hidden)),
      this.#calls.pending.subscribe(update),
      ownReactions.learned.subscribe((own) => this.#history.change((all) => changes.withReaction(all, own))),
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
    this.#looks.loaded();
  }

  /** The list may know of newer messages, of erased members, and of the user's mark. */
  #takeChat(): void {
    const chat = this.#chat;
    if (!chat) return this.#lose();
    if (chat === this.#lastChat) return;
    const before = this.#lastChat;
    if (this.#watch.follow(chat)) void this.#syncing.run();
    if (this.#lastChat) this.#deps.people.want(newMembers(this.#lastChat, chat));
    this.#lastChat = chat;
    this.#line = lineAt(this.#line, { seq: chat.readSeq, count: readCountOf(chat) }, lastCountOf(chat));
    this.#history.change((timeline) => changes.withChat(timeline, chat));
    this.#update();
    this.#looks.follow(before, chat);
    // The chat was created meanwhile, or the user is a member again.
    if (this.#loader.isMissing) void this.#syncing.run();
    // The list hears of a live message first: in a moment, this conversation has it too.
    queueMicrotask(() => this.#fillGap());
  }

  /** The user has declined the request, here or on another device. */
  #lose(): void {
    if (!this.#lastChat) return;
    this.#lastChat = undefined;
    this.#watch.end();
    this.#loader.lose();
    this.#update();
  }

  #takePage(messages: readonly Message[]): void {
    this.#deps.outbox.confirm(messages);
    const last = messages.at(-1);
    if (last) this.#deps.store.learnMessage(last);
    const received = messages.findLast(({ senderId }) => senderId !== this.#me);
    const { store, receipts } = this.#deps;
    if (received && store.takesReceipts(this.chatId)) receipts.delivered(this.chatId, received.seq);
  }

  #apply(event: ServerEvent): void {
    if (event.type === 'message' && event.message.chatId === this.chatId) {
      this.#history.change((timeline) => timelines.received(timeline, event.message));
      this.#fillGap();
    } else if (event.type === 'change') {
      this.#takeChange(event.changeSeq, event.message);
    } else if (event.type === 'status' && event.chatId === this.chatId && event.everyone) {
      this.#history.change((timeline) => timelines.withStatus(timeline, event));
    } else if (event.type === 'erased' && event.chatId === this.chatId) {
      this.#history.change((timeline) => timelines.withErased(timeline, event.userId));
    }
  }

  #accept(message: Message): void {
    if (message.chatId !== this.chatId) return;
    this.#history.change((timeline) => timelines.accepted(timeline, message));
    this.#fillGap();
  }

  #takeChange(changeSeq: number, message: Message): void {
    if (message.chatId !== this.chatId) return;
    this.#history.change((timeline) => changes.withChange(timeline, changeSeq, message));
    this.#fillGap();
  }

  #hide({ chatId, seq }: HiddenMessages): void {
    if (chatId !== this.chatId || seq === undefined) return;
    this.#history.change((timeline) => changes.withHidden(timeline, [seq]));
  }

  #fillGap(): void {
    const { timeline } = this;
    const isIncomplete = timelines.hasGap(timeline) || changes.isBehind(timeline) || this.#history.lacksQuotes;
    if (isIncomplete) this.#syncing.start();
  }

  /** Shows the timeline, and stores its end. */
  #keep(timeline: Timeline): void {
    const { store, tails } = this.#deps;
    if (timeline.base !== undefined && timeline.following) {
      tails.save(this.chatId, lastRun(timeline.messages), timeline.ticks, timeline.changeSeq);
    }
    store.learnTicks(this.chatId, timeline.ticks);
    this.#calls.settle();
    this.#update();
    // A page was older than the changes here.
    if (changes.isBehind(timeline)) queueMicrotask(() => this.#fillGap());
  }

  #update(): void {
    const next = this.#newState();
    if (!isSame(this.state.value, next)) this.state.set(next);
  }

  #newState(): ConversationState {
    const { timeline } = this;
    const entries = this.#deps.outbox.entries.value.filter((entry) => entry.chatId === this.chatId);
    this.#members = membersOf(this.#chat, this.#deps.people.all.value, this.#members);
    return stateOf({
      timeline,
      rows: this.#rows.rows(timeline, entries, this.#calls.pending.value),
      loading: this.#history.loading.value,
      line: this.#line,
      members: this.#members,
      isMissing: this.#loader.isMissing,
    });
  }
}
