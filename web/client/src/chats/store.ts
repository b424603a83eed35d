import type { BlockedUser, Chat, HiddenMessages, MembershipView, Message, NewChat, ServerEvent } from '../contracts.js';
import type { Ticks } from '../conversation/ticks.js';
import type { PalomaError } from '../errors.js';
import { Emitter, Value, type Readable } from '../observable.js';
import { Task } from '../task.js';
import { isChatMissing, takesReceipts, unblockedAmong, withBlock, withBlocks, type Blocked } from './blocked.js';
import type { ChatStoreDeps } from './deps.js';
import { isBehind } from './groups.js';
import { LastRows } from './last-rows.js';
import { ChatLoader } from './loader.js';
import { learnMarks, restoreMarks, withReading } from './own-marks.js';
import { ListRefresh } from './refresh.js';
import { SettingTimes } from './setting-times.js';
import { chatIdOf, settingOf, withSettingsOf, type ChatSetting } from './settings.js';
import * as state from './state.js';
import { ChatTicks } from './ticks.js';

/** The chats of the user in this tab: from the cache, from lists, and from frames. */
export class ChatStore {
  /** All chats that are known: until `isListed`, only those of open conversations. */
  readonly chats = new Value<state.ChatMap>(new Map());
  /** Whether a list is there: from the cache, or the first page of the server. */
  readonly isListed = new Value(false);
  /** Of the own messages, by chat. */
  readonly ticks: Readable<ReadonlyMap<string, Ticks>>;
  readonly problem = new Value<PalomaError | undefined>(undefined);
  /** System messages of changes that this tab has made: their frames come later. */
  readonly groupChanges = new Emitter<Message>();
  /** Changed messages as answers to this tab show them: their frames come later. */
  readonly states = new Emitter<Message>();
  /** Messages that the user has hidden, on any device. */
  readonly hidden = new Emitter<HiddenMessages>();
  readonly #deps: ChatStoreDeps;
  readonly #ticks = new ChatTicks();
  readonly #list: ListRefresh;
  readonly #loader: ChatLoader;
  readonly #lastRows: LastRows;
  #refreshing: Task | undefined;
  /** When the list in progress was asked for, by `clock.elapsed()`. */
  #askedAt = 0;
  readonly #settingTimes = new SettingTimes();
  #blocked: Blocked;
  /** Frames from before the first list. */
  #early: ServerEvent[] = [];

  constructor(deps: ChatStoreDeps) {
    this.#deps = deps;
    this.ticks = this.#ticks.all;
    this.#loader = new ChatLoader(deps.rest, deps.ports, {
      loaded: (...loaded) => this.#loaded(...loaded),
      missing: (chatId) => this.#change((all) => state.withoutLostRequest(all, chatId)),
    });
    const take = (chats: readonly Chat[]) => {
      this.learn(chats, this.#askedAt);
      this.#listed();
    };
    this.#list = new ListRefresh({ ...deps, take, chats: this.chats, lost: (chatId) => this.reload(chatId) });
    this.#lastRows = new LastRows({ ...deps, store: this });
    deps.link.events.subscribe((event) => this.#apply(event));
    deps.link.acks.subscribe((ack) => 'readSeq' in ack && this.#ownMarks(ack.chatId, ack.deliveredSeq, ack.readSeq));
    deps.blocks.all.subscribe((all) => this.#takeBlocks(all));
    deps.link.opened.subscribe(() => void this.#refreshing?.run());
    deps.outbox.accepted.subscribe((message) => this.#apply({ type: 'message', message }));
    deps.receipts.read.subscribe(({ chatId, seq, count }) =>
      this.#change((all) => state.withMarks(all, chatId, { read: seq, count })),
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
    this.#settingTimes.clear();
    this.#loader.reset();
    this.#lastRows.reset();
    this.#deps.cache.reset();
    this.chats.set(new Map());
    this.#ticks.reset();
    this.problem.set(undefined);
  }

  /** Takes chats of an answer of the server. `askedAt`: when the call began, by `clock.elapsed()`. */
  learn(answer: readonly Chat[], askedAt: number): void {
    const chats = answer.filter(({ chatId }) => !this.#settingTimes.isDeclined(chatId, askedAt));
    const { receipts, people } = this.#deps;
    const me = this.#deps.me.value;
    people.learn(chats.flatMap((chat) => chat.members ?? []));
    learnMarks(receipts, me, chats);
    this.#change((all) => {
      const settled = chats.map((chat) => {
        const known = this.#settingTimes.isLate(chat.chatId, askedAt) ? all.get(chat.chatId) : undefined;
        return withBlock(known ? withSettingsOf(chat, known) : chat, me ?? '', this.#blocked);
      });
      return chats.reduce((next, { chatId }) => withReading(receipts, next, chatId), state.withChats(all, settled));
    });
  }

  learnTicks(chatId: string, ticks: Ticks): void {
    this.#ticks.learn(chatId, ticks);
  }

  /** Takes the newest message of a page: the frame about it may be lost. */
  learnMessage(message: Message): void {
    const known = this.chats.value.get(message.chatId);
    if (known && message.seq > (known.lastMessage?.seq ?? 0)) this.#message(message);
  }

  /** Takes the last message of a chat, with the ticks that its status shows. */
  learnLastRow(message: Message, ticks: Ticks): void {
    this.learnTicks(message.chatId, ticks);
    this.learnMessage(message);
  }

  /** Takes a changed message from an answer. */
  learnState(message: Message): void {
    this.#changeMessage(message.version ?? 0, message);
    this.states.emit(message);
  }

  /** Takes the news of hidden messages, from an answer or a frame. */
  hide(hidden: HiddenMessages): void {
    const lastSeq = this.chats.value.get(hidden.chatId)?.lastSeq ?? 0;
    this.#change((all) => state.withoutHidden(all, hidden));
    this.hidden.emit(hidden);
    // Only the server counts the unread messages after those that are cleared.
    if (hidden.clearedSeq !== undefined && hidden.clearedSeq < lastSeq) this.reload(hidden.chatId);
  }

  /** Takes the answer to a change of a group. */
  learnChange({ chatId, membershipVersion, message }: MembershipView): void {
    if (message) {
      this.#apply({ type: 'message', message });
      this.groupChanges.emit(message);
    } else if (membershipVersion > (this.chats.value.get(chatId)?.membershipVersion ?? 0)) this.reload(chatId);
  }

  /** Reads one chat again. */
  reload(chatId: string): void {
    this.#loader.load(chatId);
  }

  /** Whether the server takes the user's receipts for this chat. */
  takesReceipts(chatId: string): boolean {
    return takesReceipts(this.chats.value.get(chatId));
  }

  /** Takes a setting from a frame or an answer, unless a later one is known. */
  learnSetting(setting: ChatSetting): void {
    if (!this.#settingTimes.take(setting, this.#deps.ports.clock.elapsed())) return;
    const chatId = chatIdOf(setting);
    // Accepted on another device before this one knew the chat, or after it was declined.
    if ('request' in setting && setting.request.accepted && !this.chats.value.has(chatId)) this.reload(chatId);
    this.#change((all) => state.withChatSetting(all, chatId, setting));
  }

  /** After a failure: at once, without the wait. */
  refresh(): Promise<void> {
    return this.#refreshing?.run() ?? Promise.resolve();
  }

  /** Restored data is not written back, so that a start writes nothing. */
  #restore(chats: readonly Chat[], ticks: ReadonlyMap<string, Ticks>): void {
    restoreMarks(this.#deps.receipts, chats);
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

  #apply(event: ServerEvent): void {
    const me = this.#deps.me.value;
    if (me === undefined) return;
    if (!this.isListed.value) {
      this.#early.push(event);
      return;
    }
    if (event.type === 'message') {
      const { chatId, seq, senderId } = event.message;
      this.#message(event.message);
      if (senderId !== me && this.takesReceipts(chatId)) this.#deps.receipts.heard(chatId, seq);
    } else if (event.type === 'change') {
      this.#changeMessage(event.changeSeq, event.message);
    } else if (event.type === 'chat') {
      this.#newChat(me, event.chat);
    } else if (event.type === 'settings') {
      const setting = settingOf(event);
      if (setting) this.learnSetting(setting);
      if ('hidden' in event) this.hide(event.hidden);
    } else if (event.type === 'erased') {
      this.#change((all) => state.withErasedMember(all, event.chatId, event.userId));
    } else if (event.type === 'status') {
      const { chatId, status, seq } = event;
      if (event.userId === me) this.#ownMarks(chatId, seq, status === 'read' ? seq : 0);
      if (event.everyone) this.#ticks.hear(event);
    }
  }

  /** Of users who are no longer blocked, only the server knows what the user sees. */
  #takeBlocks(all: readonly BlockedUser[] | undefined): void {
    const me = this.#deps.me.value;
    const blocked = all && new Set(all.map(({ userId }) => userId));
    const before = this.#blocked;
    this.#blocked = blocked;
    if (me === undefined || !blocked) return;
    for (const chatId of unblockedAmong(this.chats.value, me, blocked)) this.#loader.load(chatId);
    // A chat that began during the block appears with its end.
    if (isChatMissing(this.chats.value, before, blocked)) void this.refresh();
    this.#change((chats) => withBlocks(chats, me, blocked));
  }

  #ownMarks(chatId: string, delivered: number, read: number): void {
    this.#deps.receipts.confirmed(chatId, { delivered, read });
    this.#change((all) => state.withMarks(all, chatId, { delivered, read }));
  }

  /** Only the server knows what a user sees who was added to a group, and whether the chat is a request. */
  #newChat(me: string, chat: NewChat): void {
    const known = this.chats.value.get(chat.chatId);
    const isChanged = (chat.membershipVersion ?? 0) > (known?.membershipVersion ?? 0);
    const isOfOther = !known && chat.createdBy !== me;
    if (isChanged || isOfOther || known?.role === 'former') this.#loader.load(chat.chatId);
    else this.#change((all) => state.withNewChat(all, me, chat));
  }

  #message(message: Message): void {
    const chat = this.chats.value.get(message.chatId);
    if (!chat || isBehind(chat, message)) this.#loader.load(message.chatId, message);
    this.#take(message);
  }

  #changeMessage(changeSeq: number, message: Message): void {
    const me = this.#deps.me.value ?? '';
    this.#change((all) => state.withChange(all, me, changeSeq, message));
    const chat = this.chats.value.get(message.chatId);
    if (chat && chat.role !== 'former' && state.lacksChanges(chat, changeSeq)) this.reload(message.chatId);
  }

  /** Takes a message of a chat that is known. A former member sees no later messages. */
  #take(message: Message): void {
    const me = this.#deps.me.value;
    const chat = this.chats.value.get(message.chatId);
    if (me === undefined || !chat || (chat.role === 'former' && message.seq > chat.lastSeq)) return;
    this.#change((all) => state.withMessage(all, me, message));
  }

  #loaded(chat: Chat, messages: readonly Message[], askedAt: number): void {
    this.learn([chat], askedAt);
    for (const message of messages) this.#take(message);
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
    if (next !== before && this.#deps.tabs.leading.value) this.#deps.cache.save(next, before);
  }
}
