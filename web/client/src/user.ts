import type { PalomaConfig } from './api.js';
import { LiveArrivals } from './arrivals/arrivals.js';
import { Attendance } from './arrivals/attendance.js';
import type { Privacy } from './contracts.js';
import { StoredDrafts } from './drafts/drafts.js';
import type { UserParts } from './facade.js';
import { type Readable, Value } from './observable.js';
import { StoredOutbox } from './outbox/outbox.js';
import type { Database, Link, Rest, Tabs } from './parts.js';
import type { Ports } from './ports.js';
import { LiveActivity } from './presence/activity.js';
import { SharedLink } from './socket/link.js';
import { createSync, type Sync } from './sync.js';
import { BrowserTabs } from './tabs/tabs.js';

/** Time for the name of a sender or of a group that is not known yet. */
const NAME_PATIENCE = 1_000;

interface Surroundings {
  readonly userId: string;
  readonly config: PalomaConfig;
  readonly rest: Rest;
  readonly database: Database;
  readonly ports: Ports;
  /** The user changed the profile on another device. Runs in one tab. */
  readonly renamed: (profile: { name: string; avatar: string | null }) => void;
  /** The user changed the privacy settings on another device. Runs in one tab. */
  readonly secluded: (privacy: Privacy) => void;
}

/** Everything that one signed-in user has in this tab. */
export interface SignedInUser extends UserParts {
  readonly userId: string;
  readonly database: Database;
  /** Frees everything, and keeps the data. */
  close(): Promise<void>;
}

/** Builds the parts of a user. They show what is stored, connect, and send what is unsent. */
export function signIn({ userId, config, rest, database, ports, renamed, secluded }: Surroundings): SignedInUser {
  const tabs = new BrowserTabs(userId, ports);
  const link = new SharedLink({ webSocketUrl: config.webSocketUrl, rest, tabs, ports });
  const outbox = new StoredOutbox({ userId, database, tabs, link, ports });
  const drafts = new StoredDrafts(database, tabs);
  const activity = new LiveActivity({ userId, link, tabs, ports });
  const me = new Value<string | undefined>(userId);
  const skew = link.clockSkew;
  const sync = createSync({ me, rest, link, tabs, database, outbox, activity, skew, ports });
  const arrivals = createArrivals({ userId, link, tabs, sync, ports });
  link.events.subscribe((event) => {
    if (event.type !== 'settings' || !tabs.leading.value) return;
    if ('profile' in event) renamed(event.profile);
    if ('privacy' in event) secluded(event.privacy);
  });
  void outbox.start();
  void drafts.start();
  return {
    userId,
    database,
    connection: link,
    chats: sync.chats,
    groups: sync.groups,
    people: sync.people,
    outbox,
    drafts,
    storage: database.state,
    arrivals: arrivals.events,
    conversation: (chatId) => sync.conversation(chatId),
    close: async () => {
      arrivals.close();
      activity.close();
      await Promise.all([sync.close(), outbox.close(), drafts.close()]);
      link.close();
      tabs.close();
    },
  };
}

interface ArrivalParts {
  readonly userId: string;
  readonly link: Link;
  readonly tabs: Tabs;
  readonly sync: Sync;
  readonly ports: Ports;
}

function createArrivals({ userId, link, tabs, sync, ports }: ArrivalParts) {
  const { attention, clock, randomId } = ports;
  const attendance = new Attendance({ tabs, attention, clock, randomId, shows: (chatId) => sync.shows(chatId) });
  const nameOf = (id: string) => firstValue(sync.people.get(id), NAME_PATIENCE, ports).then((profile) => profile?.name);
  const groupOf = (chatId: string) =>
    firstValue(sync.chats.get(chatId), NAME_PATIENCE, ports).then((chat) =>
      chat?.kind === 'group' ? chat.name : undefined,
    );
  // A message from just before a block may arrive after it. A request notifies once.
  const isMuted = (chatId: string) => {
    const chat = sync.chats.get(chatId).value;
    if (chat?.requestedBy !== undefined && chat.unread > 1) return true;
    return chat !== undefined && (chat.mutedUntil !== undefined || chat.blocked);
  };
  const arrivals = new LiveArrivals({ userId, link, tabs, attendance, isMuted, nameOf, groupOf });
  const close = () => {
    arrivals.close();
    attendance.close();
  };
  return { events: arrivals.arrivals, close };
}

/** The value, as soon as it is known, or `undefined` after `patience` milliseconds. */
function firstValue<T>(source: Readable<T | undefined>, patience: number, { clock }: Ports): Promise<T | undefined> {
  if (source.value !== undefined) return Promise.resolve(source.value);
  return new Promise((resolve) => {
    const end = (value: T | undefined) => {
      cancel();
      unsubscribe();
      resolve(value);
    };
    const cancel = clock.after(patience, () => {
      end(undefined);
    });
    const unsubscribe = source.subscribe((value) => {
      if (value !== undefined) end(value);
    });
  });
}
