/** Chats, conversations, receipts and profiles, wired together. */
import type { Groups } from './api-groups.js';
import type { Chats } from './api-chats.js';
import type { Conversation, People } from './api.js';
import { ChatCache } from './chats/cache.js';
import { ChatList } from './chats/chats.js';
import { GroupCalls } from './chats/group-calls.js';
import { SettingCalls } from './chats/setting-calls.js';
import { ChatStore } from './chats/store.js';
import { Conversations } from './conversation/conversations.js';
import { OwnReactions } from './conversation/own-reactions.js';
import { Tails } from './conversation/tails.js';
import type { Readable } from './observable.js';
import type { Activity, Database, Link, Rest, SendQueue, Tabs } from './parts.js';
import { Blocks } from './people/blocks.js';
import { Profiles } from './people/people.js';
import type { Ports } from './ports.js';
import { Receipts } from './receipts/receipts.js';

interface SyncDeps {
  /** The signed-in user. Another value resets everything. */
  readonly me: Readable<string | undefined>;
  readonly rest: Rest;
  readonly link: Link;
  readonly tabs: Tabs;
  readonly database: Database;
  readonly outbox: SendQueue;
  readonly activity: Activity;
  /** Milliseconds that the server's clock is ahead. */
  readonly skew: Readable<number>;
  readonly ports: Pick<Ports, 'clock' | 'random' | 'attention'>;
}

export interface Sync {
  readonly chats: Chats;
  readonly groups: Groups;
  readonly people: People;
  conversation(chatId: string): Conversation;
  /** Whether this tab shows the conversation now. */
  shows(chatId: string): boolean;
  /** Frees everything, and keeps the data. */
  close(): Promise<void>;
}

export function createSync(deps: SyncDeps): Sync {
  const { me, rest, link, tabs, database, outbox, activity, skew, ports } = deps;
  const { clock, random, attention } = ports;
  const people = new Profiles({ rest, link, ports, me });
  const blocks = new Blocks({ rest, link, people, ports, me });
  const receipts = new Receipts({ link, tabs, clock, random, me });
  const cache = new ChatCache(database, clock);
  const store = new ChatStore({ me, rest, link, tabs, outbox, receipts, people, blocks, cache, ports });
  const settings = new SettingCalls({ rest, store, receipts, ports });
  const chats = new ChatList({ me, rest, store, settings, outbox, activity, people, clock, skew });
  const tails = new Tails(database, clock, me);
  const ownReactions = new OwnReactions(link);
  const shared = { rest, link, tabs, outbox, activity, receipts, store, settings, people, tails, attention, ports };
  const conversations = new Conversations({ ...shared, ownReactions, me });

  const reset = () => {
    conversations.reset();
    settings.reset();
    ownReactions.reset();
    receipts.reset();
    store.reset();
    blocks.reset();
    people.reset();
  };
  const start = () => {
    reset();
    if (me.value === undefined) return;
    receipts.start();
    void store.start();
  };
  const flush = async () => void (await Promise.all([cache.flush(), tails.flush()]));
  const ends = [
    me.subscribe(start),
    // The browser may end a hidden tab without a word.
    attention.subscribe(({ visible }) => {
      if (!visible) void flush();
    }),
  ];
  start();
  return {
    chats,
    groups: new GroupCalls({ me, rest, store }),
    people: {
      get: (userId) => people.get(userId),
      blocked: blocks.listed,
      block: (userId) => blocks.block(userId),
      unblock: (userId) => blocks.unblock(userId),
      report: async (item, reason) => void (await rest.POST('/reports', { body: { ...item, reason } })),
    },
    conversation: (chatId) => conversations.open(chatId),
    shows: (chatId) => conversations.isOpen(chatId),
    close: async () => {
      for (const end of ends) end();
      await flush();
      reset();
      chats.close();
    },
  };
}
