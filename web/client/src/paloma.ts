import { UserAccount } from './account/account.js';
import { withPrivacy } from './account/privacy.js';
import type { Paloma, PalomaConfig, SessionState } from './api.js';
import { browserPorts } from './browser.js';
import type { Privacy } from './contracts.js';
import * as facade from './facade.js';
import { Value } from './observable.js';
import type { Database, StoreName, Transaction } from './parts.js';
import type { Ports } from './ports.js';
import { BrowserSession } from './session/session.js';
import { LocalDatabase } from './storage/database.js';
import { type SignedInUser, signIn } from './user.js';

/** Stores with data that the server has too. */
const CACHES = ['chats', 'messages', 'tails', 'meta'] as const satisfies readonly StoreName[];

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

/**
 * Each tab deletes after its own last write, because a tab may still write while another one wipes. After an ended
 * session the unsent texts stay, for the next login of this user.
 */
async function leave(user: SignedInUser, state: SessionState): Promise<void> {
  await user.close();
  if (state.kind !== 'signedOut') return;
  if (state.reason === 'loggedOut') await user.database.wipe();
  else await user.database.transaction(CACHES, 'write', (tx) => clearAll(tx)).catch(() => undefined);
}

async function clearAll(tx: Transaction): Promise<void> {
  for (const name of CACHES) await tx.store(name).clear();
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
  const renamed = ({ name, avatar }: { name: string; avatar: string | null }) => {
    // Without an avatar, the user has no such field.
    void session.update(({ avatar: _, ...user }) => ({ ...user, name, ...(avatar !== null && { avatar }) }));
  };
  const secluded = (privacy: Privacy) => void session.update((user) => withPrivacy(user, privacy));
  let leaving = Promise.resolve();
  const follow = () => {
    const state = session.state.value;
    const userId = state.kind === 'signedIn' ? state.user.userId : undefined;
    const before = current.value;
    if (before?.userId === userId) return;
    const rest = userId === undefined ? undefined : session.restOf(userId);
    const parts = userId && rest ? { userId, config, rest, database: databaseOf(userId) } : undefined;
    current.set(parts && signIn({ ...parts, ports, renamed, secluded }));
    if (before) leaving = leave(before, state);
  };
  const unfollow = session.state.subscribe(follow);
  session.left = () => leaving;
  session.wipe = (userId) => databaseOf(userId).wipe();
  void session.start();

  return {
    session,
    account: new UserAccount(session),
    connection: facade.connectionOf(current),
    chats: facade.chatsOf(current),
    groups: facade.groupsOf(current),
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
