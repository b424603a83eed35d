/** The public interface of the library; those of chats, groups and the account are in files of their own. */
import type { BlockedUser, Notice, Problem, Profile, Receipts, Status, User } from './contracts.js';
import type { Events, Readable } from './observable.js';
import type { Account } from './api-account.js';
import type { Chats } from './api-chats.js';
import type { Groups } from './api-groups.js';
import type { PalomaError } from './errors.js';

export interface PalomaConfig {
  /** The stack's output `ApiUrl`. */
  readonly apiUrl: string;
  /** The stack's output `WebSocketUrl`. */
  readonly webSocketUrl: string;
}

/** One user's Paloma in one tab. All tabs of a browser share the session, the socket, the outbox and the drafts. */
export interface Paloma {
  readonly session: Session;
  readonly connection: Connection;
  readonly chats: Chats;
  readonly groups: Groups;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  readonly account: Account;
  readonly storage: Readable<StorageState>;
  /** Profiles of users that share a chat with the caller. */
  readonly people: People;
  /** New messages from others, as they arrive by socket. Emitted in one tab of the browser only, for notifications. */
  readonly arrivals: Events<Arrival>;
  /** The conversation of a chat. All callers of a tab share it; call `close` once for each call. */
  conversation(chatId: string): Conversation;
  /** Frees all resources of this tab, and keeps the data. */
  close(): Promise<void>;
}

// ---- session

export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signedOut'; readonly reason: 'none' | 'loggedOut' | 'ended' }
  | { readonly kind: 'signedIn'; readonly user: User };

export interface Session {
  readonly state: Readable<SessionState>;
  logIn(login: { email: string; password: string; recoveryCode?: string }): Promise<LogInResult>;
  /** Answers a challenge of `logIn`: a code for SOFTWARE_TOKEN_MFA, a new password for NEW_PASSWORD_REQUIRED. */
  answer(challenge: Challenge, answer: { code: string } | { newPassword: string }): Promise<LogInResult>;
  register(email: string): Promise<void>;
  confirm(confirmation: { email: string; code: string; password: string; name?: string }): Promise<void>;
  forgot(email: string): Promise<void>;
  reset(reset: { email: string; code: string; password: string }): Promise<void>;
  /** Ends the session, in all tabs, and deletes all local data. It also works offline: then only here. */
  logOut(options?: { everywhere?: boolean }): Promise<void>;
}

export type LogInResult = { readonly kind: 'signedIn' } | { readonly kind: 'challenge'; readonly challenge: Challenge };

export interface Challenge {
  readonly name: 'SOFTWARE_TOKEN_MFA' | 'NEW_PASSWORD_REQUIRED';
  readonly email: string;
  readonly session: string;
}

// ---- connection

export type ConnectionState =
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** The next try is at `retryAt`, in milliseconds of `Date.now()`. */
  | { readonly kind: 'waiting'; readonly retryAt: number }
  /** The browser has no network. The library connects when it returns. */
  | { readonly kind: 'offline' };

export interface Connection {
  readonly state: Readable<ConnectionState>;
  /** Milliseconds that the server's clock is ahead of this device's clock. 0 until known. */
  readonly clockSkew: Readable<number>;
  /** Ends the wait for the next try. */
  retryNow(): void;
}

// ---- conversation

/** `queued`: not accepted yet (a clock). `failed`: permanently rejected. Others as the server's status. */
export type Tick = 'queued' | 'failed' | Status;

export interface Conversation {
  readonly chatId: string;
  readonly state: Readable<ConversationState>;
  /**
   * Queues a message. It returns when the message is stored in the outbox, and the optimistic row is in `state`.
   * The text is then safe from reloads and crashes (if `storage` is persistent).
   */
  send(content: string, options?: { readonly replyTo?: string }): Promise<void>;
  /**
   * Edits an own message. The row shows the new text at once, and the old one again if the call fails. Without a
   * network it fails: nothing is queued. 409 if the message was changed meanwhile: then the row shows how.
   */
  edit(messageId: string, content: string): Promise<void>;
  /** Deletes a message for all members, in the same way. */
  delete(messageId: string): Promise<void>;
  /** Removes a message from the user's own view, on all devices. There is no way back. */
  hide(messageId: string): Promise<void>;
  /**
   * Reacts to a message with one emoji, in place of the user's reaction before. The row shows it at once, and the
   * reaction before again if the call fails: nothing is queued. Of several calls for a message, the last one counts.
   */
  react(messageId: string, emoji: string): Promise<void>;
  /** Removes the user's reaction to a message, in the same way. */
  unreact(messageId: string): Promise<void>;
  /** Loads the page before the first row. Calls during a load join it. */
  loadOlder(): Promise<void>;
  /** Loads the page after the last row, when the window does not reach the end of the chat. */
  loadNewer(): Promise<void>;
  /** Loads the messages around `seq`, if the window does not have it. Whether it is there now. */
  showAround(seq: number): Promise<boolean>;
  /** Replaces the window by the newest page, if it does not reach the end. */
  jumpToEnd(): Promise<void>;
  /**
   * The user has seen all rows up to `seq` on the screen. Counts only if the tab is visible and focused now;
   * returns whether it counted.
   */
  seen(seq: number): boolean;
  /** The user is typing. Call it for every key: the library limits the frames. */
  typing(): void;
  receipts(messageId: string): Promise<Receipts>;
  /** Tries again to load what failed. */
  reload(): Promise<void>;
  /** The caller does not show this conversation any more. */
  close(): void;
}

export interface ConversationState {
  /** `loading` until the first rows are there; `missing` if the user is no member of such a chat. */
  readonly phase: 'loading' | 'ready' | 'missing';
  /** Sorted by seq; unsent messages last, in the order of the outbox. Without gaps in seq. */
  readonly rows: readonly Row[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly loadingOlder: boolean;
  readonly loadingNewer: boolean;
  /** The seq after which messages were unread when the conversation was opened. It does not move while it is open. */
  readonly unreadAfter: number;
  /** Unread messages when the conversation was opened. 0: show no separator. */
  readonly unreadAtOpen: number;
  readonly members: readonly Profile[];
  /** The failure of the last load. */
  readonly problem: PalomaError | undefined;
}

export interface Row {
  /** Stays the same when the server accepts the message. */
  readonly key: string;
  readonly kind: 'text' | 'notice' | 'deleted' | 'erased' | 'unknown';
  /** `undefined` until the server has accepted the message. */
  readonly seq: number | undefined;
  readonly messageId: string | undefined;
  /** Names the row's entry in the outbox, while it has one. */
  readonly clientMessageId: string;
  readonly senderId: string;
  readonly own: boolean;
  readonly content: string;
  readonly edited: boolean;
  /** Of the kind `deleted`: the user who deleted it, the sender or an admin; `operator` if an operator removed it. */
  readonly deletedBy: string | undefined;
  /** The message that this one answers. */
  readonly quote: Quote | undefined;
  /** An edit or a deletion of this message is on its way. */
  readonly changing: boolean;
  /** One for each emoji. Empty without any, and for a message that is gone. */
  readonly reactions: readonly Reaction[];
  /** Of the kind `notice`: the change of the group that the sender made. */
  readonly notice: Notice | undefined;
  /** Epoch milliseconds, by the server's clock; by this device's clock until the server has accepted the message. */
  readonly timestamp: number;
  /** Of own messages. */
  readonly tick: Tick | undefined;
  /** Of a failed message: the reason. */
  readonly problem: Problem | undefined;
  /** Arrived by socket while the conversation was open (not from history), for screen readers. */
  readonly live: boolean;
}

/** The reactions of members to a message with the same emoji. Each member has one reaction at most. */
export interface Reaction {
  readonly emoji: string;
  readonly count: number;
  /** Whether the user's reaction is among them. */
  readonly own: boolean;
  /** The ids of some of these members, the user first. */
  readonly people: readonly string[];
}

/** An answered message, as it is now. */
export interface Quote {
  readonly messageId: string;
  /** `undefined` until it is known, and if the message is gone. */
  readonly seq: number | undefined;
  readonly senderId: string | undefined;
  /** The beginning of the text. */
  readonly preview: string;
  /** The message was deleted, or the user may not see it. */
  readonly gone: boolean;
}

// ---- outbox, drafts

export interface Outbox {
  readonly entries: Readable<readonly OutboxEntry[]>;
  /** Tries a failed message again, after all other messages of its chat. */
  retry(clientMessageId: string): Promise<void>;
  /**
   * Removes a failed message, or one that was never tried, and returns its text. `undefined` if it may be sent already.
   * Rejects with `storage` if the browser cannot delete it: the message stays.
   */
  discard(clientMessageId: string): Promise<string | undefined>;
}

export interface OutboxEntry {
  readonly clientMessageId: string;
  readonly chatId: string;
  readonly content: string;
  /** The id of the message that this one answers. */
  readonly replyTo?: string;
  readonly createdAt: number;
  readonly state: 'queued' | 'failed';
  readonly problem: Problem | undefined;
}

export interface Drafts {
  /** Drafts by chat, or by another key of the app, such as `new:<userId>` before a chat exists. */
  readonly all: Readable<ReadonlyMap<string, string>>;
  get(key: string): string;
  /** An empty text removes the draft. Stored at once, and shared with other tabs. */
  set(key: string, text: string): Promise<void>;
}

export type StorageState =
  | { readonly kind: 'persistent' }
  /** The browser may delete unsent messages. */
  | { readonly kind: 'evictable' }
  /** The data is lost with the tab: IndexedDB is missing, blocked by an old tab, or deleted. */
  | { readonly kind: 'memory'; readonly reason: 'missing' | 'blocked' | 'deleted' }
  | { readonly kind: 'full' };

export interface Arrival {
  readonly chatId: string;
  readonly message: { readonly messageId: string; readonly senderId: string; readonly content: string | null };
  readonly senderName: string | undefined;
  /** The name of the group. */
  readonly group: string | undefined;
  /** The sender added the user to the group. */
  readonly added: boolean;
  readonly muted: boolean;
  /** A tab of this browser shows the chat, visible and focused. */
  readonly attended: boolean;
}

export interface People {
  /** Loads the profile if it is unknown. */
  get(userId: string): Readable<Profile | undefined>;
  /** The users that the user has blocked, on any device. `undefined` until they are loaded. */
  readonly blocked: Readable<readonly BlockedUser[] | undefined>;
  /**
   * From now on nothing passes in the direct chat with the user, who does not learn of it. Groups stay as they are.
   */
  block(userId: string): Promise<void>;
  /** Messages that the user has sent meanwhile do not appear. */
  unblock(userId: string): Promise<void>;
  /**
   * Reports a message, another user or a chat to the operators, with a copy. A repeated report of the same item makes
   * no second one. 409 if the message has no text any more, 429 above the limit of a day.
   */
  report(item: ReportedItem, reason: string): Promise<void>;
}

/** Most characters (code points) of the reason of a report. */
export const MAX_REASON = 1_000;

export type ReportedItem = { readonly messageId: string } | { readonly userId: string } | { readonly chatId: string };
