/**
 * The interfaces between the parts of the library. `session/`, `socket/`, `tabs/` and `storage/` offer them; the rest
 * uses them.
 */
import type { Client } from 'openapi-fetch';
import type { Outbox, StorageState } from './api.js';
import type {
  Accepted,
  AckResult,
  Chat,
  ClientFrame,
  Message,
  Presence,
  Problem,
  ServerEvent,
  User,
  paths,
} from './contracts.js';
import type { Ranges } from './conversation/ranges.js';
import type { Events, Readable } from './observable.js';

/**
 * REST calls of the signed-in user. They carry the access token, and refresh it if needed (single flight for all tabs).
 * Every failure is thrown as a PalomaError: `data` of an answer is always there (or empty for 204).
 */
export type Rest = Client<paths>;

/** All tabs of the browser that show the same user. */
export interface Tabs {
  /**
   * Whether this tab leads: it owns the socket, drains the outbox, and sends receipts. Exactly one tab leads, or none
   * for a moment.
   */
  readonly leading: Readable<boolean>;
  /** Sends a message to the other tabs. */
  post<T>(topic: Topic<T>, message: T): void;
  on<T>(topic: Topic<T>, listener: (message: T) => void): () => void;
}

/** A named kind of message between tabs. */
export interface Topic<T> {
  readonly name: string;
  /** Never set: it only carries the type. */
  readonly type?: T;
}

/** The one socket of the browser, as every tab sees it: the leader owns it, and relays to the others. */
export interface Link {
  /** Frames from the server that are no replies. Unknown types are left out. */
  readonly events: Events<ServerEvent>;
  /** Results of frames that a tab sent with `send`, such as the presence that `watch` returns. In every tab. */
  readonly acks: Events<AckResult>;
  /** A socket opened (the first one too): events may be missing since the last one, so catch up now. */
  readonly opened: Events<void>;
  readonly isOpen: Readable<boolean>;
  /** Problems of frames without an id. No such problem says which frame it is about. In the leading tab only. */
  readonly failures: Events<Problem>;
  /**
   * Sends a frame without an answer (receipts, typing, watch). Without an open socket it is dropped. Works in every
   * tab.
   */
  send(frame: ClientFrame): void;
  /** Sends a frame with an id, in the leading tab. Rejects with a PalomaError; `offline` when no answer arrived. */
  request(frame: ClientFrame): Promise<AckResult>;
  /**
   * Sends a message, in the leading tab: by socket if one is open and the frame is small enough, otherwise by REST.
   * It rejects with a PalomaError; `offline` when no answer arrived (the message may be accepted all the same).
   */
  deliver(message: Delivery): Promise<Accepted>;
}

export interface Delivery {
  readonly chatId: string;
  readonly clientMessageId: string;
  readonly content: string;
  readonly replyTo?: string;
}

/** The outbox, as conversations and the chat list use it. */
export interface SendQueue extends Outbox {
  /** Stores a message. It returns when the message is stored and in `entries`. */
  add(chatId: string, content: string, replyTo?: string): Promise<void>;
  /**
   * The server has accepted a message of the outbox. Emitted in every tab, before the entry leaves `entries`: the
   * socket that sent a message gets no frame about it, so this event is the only live news of it.
   */
  readonly accepted: Events<Message>;
  /**
   * The user's own messages of a page or a frame: they prove that the server has accepted them, even if the ack was
   * lost. Other messages are ignored. Call it for all messages that the server returns.
   */
  confirm(messages: readonly Message[]): void;
}

/** Typing and presence: they live in memory alone. */
export interface Activity {
  /** By chat: the ids of the members who are typing now. */
  readonly typing: Readable<ReadonlyMap<string, readonly string[]>>;
  /** By chat: the presence of the other member. */
  readonly presence: Readable<ReadonlyMap<string, Presence>>;
  /** The user is typing. Limits the frames. */
  type(chatId: string): void;
  /** Takes the presence from an answer of `GET /chats/{chatId}`. The later `lastSeen` wins. */
  learn(chatId: string, presence: Presence): void;
  /** Watches the presence in a direct chat until the returned function is called. */
  watch(chatId: string): () => void;
}

/** The local data, in IndexedDB, or in memory where that is not possible. */
export interface Database {
  readonly state: Readable<StorageState>;
  /**
   * The browser has deleted the data. Store again what cannot be fetched; transactions from now on use the new storage.
   */
  readonly emptied: Events<void>;
  /** One transaction. `work` may await only the stores of its transaction. */
  transaction<T>(
    stores: readonly StoreName[],
    mode: 'read' | 'write',
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T>;
  /** Deletes everything, in all tabs. */
  wipe(): Promise<void>;
}

export interface Transaction {
  store<N extends StoreName>(name: N): Store<Rows[N]>;
}

export type Key = string | readonly (string | number)[];

export interface Store<T> {
  get(key: Key): Promise<T | undefined>;
  put(row: T): Promise<void>;
  delete(key: Key): Promise<void>;
  /** Sorted by key; with `from` and `to`, both inclusive. */
  all(range?: { from: Key; to: Key }): Promise<T[]>;
  deleteAll(range: { from: Key; to: Key }): Promise<void>;
  clear(): Promise<void>;
}

export type StoreName = keyof Rows;

/** The stores with their rows. The comment is the key. */
export interface Rows {
  /** 'session' */
  session: SessionRow;
  /** chatId */
  chats: Chat;
  /** [chatId, seq]: the newest messages of each chat, without gaps, as `tails` says. */
  messages: Message;
  /** chatId */
  tails: TailRow;
  /** order: rising in the order of sending */
  outbox: OutboxRow;
  /** key */
  drafts: { key: string; text: string };
  /** name */
  meta: { name: string; value: unknown };
}

/**
 * The stored end of a chat, from seq `from` to seq `to`, with all changes up to `changeSeq`; and the ticks of the own
 * messages. One transaction writes the messages and `changeSeq`.
 */
export interface TailRow {
  readonly chatId: string;
  readonly from: number;
  readonly to: number;
  readonly delivered: number;
  readonly read: number;
  readonly unseen?: Ranges;
  readonly changeSeq: number;
}

export interface SessionRow {
  readonly id: 'session';
  readonly user: User;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** `clock.now()` when the access token arrived, and its life in milliseconds. */
  readonly obtainedAt: number;
  readonly expiresIn: number;
}

export interface OutboxRow {
  readonly order: string;
  readonly clientMessageId: string;
  readonly chatId: string;
  readonly content: string;
  readonly replyTo?: string;
  readonly createdAt: number;
  readonly state: 'queued' | 'failed';
  /** Rises with every change of the row. Tabs keep the higher one. */
  readonly revision: number;
  /** Whether a try may have reached the server: then the row must not be discarded without an answer. */
  readonly tried: boolean;
  readonly problem?: Problem;
}
