import { UserAccount } from './account/account.js';
import type { Paloma, PalomaConfig } from './api.js';
import { browserPorts } from './browser.js';
import * as facade from './facade.js';
import { Value } from './observable.js';
import type { Database } from './parts.js';
import type { Ports } from './ports.js';
import { BrowserSession } from './session/session.js';
import { LocalDatabase } from './storage/database.js';
import { type SignedInUser, signIn } from './user.js';

/** A database that this tab can close. */
export interface OpenedDatabase extends Database {
  close(): Promise<void>;
}

/** Opens the database of a name: one for the session, and one for each user. */
export type OpenDatabase = (ports: Ports, name: string) => OpenedDatabase;

const openLocal: OpenDatabase = (ports, name) => new LocalDatabase(ports, name);

/** Paloma in this tab. It shows what is stored, connects, and sends what is unsent, as soon as a user is signed in. */
export function createPaloma(config: PalomaConfig, ports: Ports = browserPorts()): Paloma {
  return assemble(config, ports, openLocal);
}

/** The same with another database, for tests. */
export function assemble(config: PalomaConfig, ports: Ports, open: OpenDatabase): Paloma {
  const sessionDatabase = open(ports, 'paloma');
  const session = new BrowserSession({ apiUrl: config.apiUrl, database: sessionDatabase, ports });
  const current = new Value<SignedInUser | undefined>(undefined);
  const databases = new Map<string, OpenedDatabase>();
  const databaseOf = (userId: string) => {
    const database = databases.get(userId) ?? open(ports, `paloma:${userId}`);
    databases.set(userId, database);
    return database;
  };
  const follow = () => {
    const state = session.state.value;
    const userId = state.kind === 'signedIn' ? state.user.userId : undefined;
    const before = current.value;
    if (before?.userId === userId) return;
    const rest = userId === undefined ? undefined : session.restOf(userId);
    current.set(userId && rest ? signIn({ userId, config, rest, database: databaseOf(userId), ports }) : undefined);
    void before?.close();
  };
  const unfollow = session.state.subscribe(follow);
  session.wipe = async (userId) => {
    if (current.value?.userId === userId) await current.value.close();
    await databaseOf(userId).wipe();
  };
  void session.start();

  return {
    session,
    account: new UserAccount(session),
    connection: facade.connectionOf(current),
    chats: facade.chatsOf(current),
    people: facade.peopleOf(current),
    outbox: facade.outboxOf(current),
    drafts: facade.draftsOf(current),
    storage: facade.storageOf(current, sessionDatabase),
    arrivals: facade.followEvents(current, ({ arrivals }) => arrivals),
    conversation: (chatId) => facade.signedIn(current).conversation(chatId),
    close: async () => {
      unfollow();
      await current.value?.close();
      session.close();
      for (const database of [sessionDatabase, ...databases.values()]) await database.close();
    },
  };
}
