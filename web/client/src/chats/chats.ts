import type { Chats, ChatSummary } from '../api-chats.js';
import type { OutboxEntry } from '../api.js';
import type { Chat, Profile } from '../contracts.js';
import { present } from '../rest/present.js';
import { PalomaError } from '../errors.js';
import { Value, select, type Readable } from '../observable.js';
import type { Activity, Rest, SendQueue } from '../parts.js';
import type { Profiles } from '../people/people.js';
import type { Clock } from '../ports.js';
import type { SettingCalls } from './setting-calls.js';
import type { ChatMap } from './state.js';
import type { ChatStore } from './store.js';
import { SummaryMaker, byPlace, otherOf } from './summaries.js';

/** The longest wait of a timer in browsers: 2³¹ − 1 ms. */
const LONGEST_TIMER = 2_147_483_647;

interface ChatListDeps {
  readonly me: Readable<string | undefined>;
  readonly rest: Rest;
  readonly store: ChatStore;
  readonly settings: SettingCalls;
  readonly outbox: Pick<SendQueue, 'entries'>;
  readonly activity: Pick<Activity, 'typing' | 'presence'>;
  readonly people: Profiles;
  readonly clock: Clock;
  /** Milliseconds that the server's clock is ahead. */
  readonly skew: Readable<number>;
}

/** The chat list: the chats of the store, with everything else that their rows show. */
export class ChatList implements Chats {
  readonly list = new Value<readonly ChatSummary[] | undefined>(undefined);
  readonly requests = new Value<readonly ChatSummary[]>([]);
  readonly unread = new Value(0);
  readonly problem: Readable<PalomaError | undefined>;
  readonly #byId = new Value<ReadonlyMap<string, ChatSummary>>(new Map());
  readonly #deps: ChatListDeps;
  readonly #maker = new SummaryMaker();
  #cancelTimer: (() => void) | undefined;

  constructor(deps: ChatListDeps) {
    this.#deps = deps;
    this.problem = deps.store.problem;
    const sources: Readable<unknown>[] = [
      deps.store.chats,
      deps.store.isListed,
      deps.store.ticks,
      deps.outbox.entries,
      deps.activity.typing,
      deps.activity.presence,
      deps.people.all,
      deps.skew,
    ];
    for (const source of sources) source.subscribe(() => this.#update());
    this.#update();
  }

  get(chatId: string): Readable<ChatSummary | undefined> {
    return select(this.#byId, (all) => all.get(chatId));
  }

  createDirect(userId: string): Promise<string> {
    return this.#create({ type: 'direct', participants: [userId] });
  }

  createGroup({ name, participants, clientChatId }: { name: string; participants: string[]; clientChatId: string }) {
    return this.#create({ type: 'group', name, participants, clientChatId });
  }

  mute(chatId: string, until: number | null): Promise<void> {
    return this.#deps.settings.mute(chatId, until);
  }

  pin(chatId: string, pinned: boolean): Promise<void> {
    return this.#deps.settings.pin(chatId, pinned);
  }

  archive(chatId: string, archived: boolean): Promise<void> {
    return this.#deps.settings.archive(chatId, archived);
  }

  markUnread(chatId: string): Promise<void> {
    return this.#deps.settings.markUnread(chatId);
  }

  markRead(chatId: string): Promise<void> {
    return this.#deps.settings.markRead(chatId);
  }

  accept(chatId: string): Promise<void> {
    return this.#deps.settings.accept(chatId);
  }

  decline(chatId: string, { block = false }: { block?: boolean } = {}): Promise<void> {
    return this.#deps.settings.decline(chatId, block);
  }

  clear(chatId: string): Promise<void> {
    return this.#deps.settings.clear(chatId);
  }

  async findByEmail(email: string): Promise<Profile | undefined> {
    try {
      const found = present((await this.#deps.rest.GET('/users', { params: { query: { email } } })).data);
      if ('users' in found) return undefined;
      const { userId, name, avatar } = found;
      const profile = { userId, name, ...(avatar === undefined ? {} : { avatar }) };
      this.#deps.people.learn([profile]);
      return profile;
    } catch (error) {
      if (error instanceof PalomaError && error.problem?.status === 404) return undefined;
      throw error;
    }
  }

  reload(): Promise<void> {
    return this.#deps.store.refresh();
  }

  close(): void {
    this.#cancelTimer?.();
  }

  async #create(body: {
    type: 'direct' | 'group';
    participants: string[];
    name?: string;
    clientChatId?: string;
  }): Promise<string> {
    const askedAt = this.#deps.clock.elapsed();
    const chat = present((await this.#deps.rest.POST('/chats', { body })).data);
    this.#deps.store.learn([chat], askedAt);
    return chat.chatId;
  }

  #update(): void {
    const { store } = this.#deps;
    const me = this.#deps.me.value;
    const chats = store.chats.value;
    const now = this.#deps.clock.now() + this.#deps.skew.value;
    const newest = newestEntries(this.#deps.outbox.entries.value);
    const summaries = [...chats.values()].map((chat) => this.#summary(me ?? '', chat, newest.get(chat.chatId), now));
    this.#byId.set(new Map(summaries.map((summary) => [summary.chatId, summary])));
    const accepted = summaries.filter(({ requestedBy }) => requestedBy === undefined);
    const listed = store.isListed.value ? sorted(this.list.value, accepted) : undefined;
    const audible = (listed ?? []).filter(({ mutedUntil, archived }) => mutedUntil === undefined && !archived);
    this.unread.set(audible.reduce((sum, { unread }) => sum + unread, 0));
    this.list.set(listed);
    this.requests.set(sorted(this.requests.value, summaries.filter(isShownRequest)));
    this.#updateAtNextEnd(chats, now);
  }

  #summary(me: string, chat: Chat, entry: OutboxEntry | undefined, now: number): ChatSummary {
    const { store, activity, people, skew } = this.#deps;
    const { chatId } = chat;
    const otherId = otherOf(chat, me);
    if (otherId !== undefined) people.want([otherId]);
    return this.#maker.make({
      chat,
      me,
      ticks: store.ticks.value.get(chatId),
      entry,
      other: otherId === undefined ? undefined : people.all.value.get(otherId),
      presence: activity.presence.value.get(chatId),
      typing: activity.typing.value.get(chatId),
      muted: (chat.mutedUntil ?? 0) > now,
      skew: skew.value,
    });
  }

  /** A mute ends without an event. */
  #updateAtNextEnd(chats: ChatMap, now: number): void {
    this.#cancelTimer?.();
    const ends = [...chats.values()].map(({ mutedUntil }) => mutedUntil ?? 0).filter((end) => end > now);
    if (ends.length === 0) return;
    const wait = Math.min(LONGEST_TIMER, Math.min(...ends) - now);
    this.#cancelTimer = this.#deps.clock.after(wait, () => this.#update());
  }
}

/** A direct chat appears with its first message, and a chat with a blocked user not at all. */
function isShownRequest({ requestedBy, kind, lastSeq, blocked, role }: ChatSummary): boolean {
  const isOpen = !blocked && role !== 'former' && (kind === 'group' || lastSeq > 0);
  return requestedBy !== undefined && isOpen;
}

function newestEntries(entries: readonly OutboxEntry[]): ReadonlyMap<string, OutboxEntry> {
  return new Map(entries.map((entry) => [entry.chatId, entry]));
}

/** The same list, if no row changed. */
function sorted(known: readonly ChatSummary[] | undefined, summaries: ChatSummary[]): readonly ChatSummary[] {
  const next = summaries.sort(byPlace);
  return known?.length === next.length && next.every((row, at) => row === known[at]) ? known : next;
}
