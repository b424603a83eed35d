/**
 * The interfaces of the library over logins and logouts: each user has parts of their own, and callers keep one object.
 */
import type { Groups } from './api-groups.js';
import type { Chats } from './api-chats.js';
import type { Connection, Drafts, Outbox, Paloma, People, StorageState } from './api.js';
import { PalomaError } from './errors.js';
import type { Events, Readable } from './observable.js';

/** The parts of one signed-in user. */
export type UserParts = Omit<Paloma, 'session' | 'account' | 'close'>;

type Current = Readable<UserParts | undefined>;

/** The parts of the signed-in user. */
export function signedIn(current: Current): UserParts {
  if (!current.value) throw new PalomaError('signedOut', 'Log in first.');
  return current.value;
}

export function connectionOf(current: Current): Connection {
  return {
    state: follow(current, ({ connection }) => connection.state, { kind: 'off' }),
    clockSkew: follow(current, ({ connection }) => connection.clockSkew, 0),
    retryNow: () => current.value?.connection.retryNow(),
  };
}

export function chatsOf(current: Current): Chats {
  return {
    list: follow(current, ({ chats }) => chats.list, undefined),
    requests: follow(current, ({ chats }) => chats.requests, []),
    problem: follow(current, ({ chats }) => chats.problem, undefined),
    unread: follow(current, ({ chats }) => chats.unread, 0),
    get: (chatId) => follow(current, ({ chats }) => chats.get(chatId), undefined),
    reload: async () => signedIn(current).chats.reload(),
    createDirect: async (userId) => signedIn(current).chats.createDirect(userId),
    createGroup: async (group) => signedIn(current).chats.createGroup(group),
    mute: async (chatId, until) => signedIn(current).chats.mute(chatId, until),
    pin: async (chatId, pinned) => signedIn(current).chats.pin(chatId, pinned),
    archive: async (chatId, archived) => signedIn(current).chats.archive(chatId, archived),
    accept: async (chatId) => signedIn(current).chats.accept(chatId),
    decline: async (...args) => signedIn(current).chats.decline(...args),
    clear: async (chatId) => signedIn(current).chats.clear(chatId),
    markUnread: async (chatId) => signedIn(current).chats.markUnread(chatId),
    markRead: async (chatId) => signedIn(current).chats.markRead(chatId),
    findByEmail: async (email) => signedIn(current).chats.findByEmail(email),
  };
}

export function groupsOf(current: Current): Groups {
  return {
    add: async (...args) => signedIn(current).groups.add(...args),
    remove: async (...args) => signedIn(current).groups.remove(...args),
    leave: async (chatId) => signedIn(current).groups.leave(chatId),
    setRole: async (...args) => signedIn(current).groups.setRole(...args),
    change: async (...args) => signedIn(current).groups.change(...args),
  };
}

export function outboxOf(current: Current): Outbox {
  return {
    entries: follow(current, ({ outbox }) => outbox.entries, []),
    retry: async (clientMessageId) => signedIn(current).outbox.retry(clientMessageId),
    discard: async (clientMessageId) => signedIn(current).outbox.discard(clientMessageId),
  };
}

export function draftsOf(current: Current): Drafts {
  return {
    all: follow(current, ({ drafts }) => drafts.all, new Map<string, string>()),
    get: (key) => current.value?.drafts.get(key) ?? '',
    set: async (key, text) => signedIn(current).drafts.set(key, text),
  };
}

export function peopleOf(current: Current): People {
  return {
    get: (userId) => follow(current, ({ people }) => people.get(userId), undefined),
    blocked: follow(current, ({ people }) => people.blocked, undefined),
    block: async (userId) => signedIn(current).people.block(userId),
    unblock: async (userId) => signedIn(current).people.unblock(userId),
    report: async (...args) => signedIn(current).people.report(...args),
  };
}

/** Of the user's database; without a user, of that of the session. */
export function storageOf(current: Current, session: { readonly state: Readable<StorageState> }) {
  return follow(current, ({ storage }) => storage, session.state.value);
}

/** A value of the signed-in user. `absent` is the value without a user. */
export function follow<T>(current: Current, pick: (parts: UserParts) => Readable<T>, absent: NoInfer<T>): Readable<T> {
  const read = () => (current.value ? pick(current.value).value : absent);
  return {
    get value() {
      return read();
    },
    subscribe(listener) {
      let last = read();
      return attached(current, pick, () => {
        const next = read();
        if (Object.is(next, last)) return;
        last = next;
        listener(next);
      });
    },
  };
}

/** Events of the signed-in user. */
export function followEvents<T>(current: Current, pick: (parts: UserParts) => Events<T>): Events<T> {
  return { subscribe: (listener) => attached(current, pick, (event) => event !== undefined && listener(event)) };
}

/** Keeps `listener` at the part of the current user. It runs without an argument when the user changes. */
function attached<T>(
  current: Current,
  pick: (parts: UserParts) => Events<T>,
  listener: (event?: T) => void,
): () => void {
  let end: () => void = () => undefined;
  const attach = () => {
    end();
    end = current.value ? pick(current.value).subscribe(listener) : () => undefined;
  };
  const endAll = current.subscribe(() => {
    attach();
    listener();
  });
  attach();
  return () => {
    endAll();
    end();
  };
}
