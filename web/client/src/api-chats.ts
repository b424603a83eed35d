/** The public interface of the list of chats. */
import type { Chat, LastMessage, Notice, Presence, Profile, Role } from './contracts.js';
import type { Readable } from './observable.js';
import type { Tick } from './api.js';
import type { PalomaError } from './errors.js';

export interface Chats {
  /**
   * All chats except requests, archived ones too: pinned ones, then the newest first. `undefined` until the first list
   * is loaded, from the cache or the server.
   */
  readonly list: Readable<readonly ChatSummary[] | undefined>;
  /** The chats that strangers have brought the user into, until the user accepts or declines: the newest first. */
  readonly requests: Readable<readonly ChatSummary[]>;
  /** Why the list may be outdated. `undefined` while it is up to date. */
  readonly problem: Readable<PalomaError | undefined>;
  /** Sum of the unread messages of chats that are neither muted nor archived. */
  readonly unread: Readable<number>;
  get(chatId: string): Readable<ChatSummary | undefined>;
  createDirect(userId: string): Promise<string>;
  /** The same `clientChatId` on every try creates one group. */
  createGroup(group: { name: string; participants: string[]; clientChatId: string }): Promise<string>;
  /** `null` ends the mute. Epoch milliseconds. */
  mute(chatId: string, until: number | null): Promise<void>;
  /** At most three chats. A pinned chat is not archived. */
  pin(chatId: string, pinned: boolean): Promise<void>;
  /** Until its next message, unless it is muted then. */
  archive(chatId: string, archived: boolean): Promise<void>;
  /** Until the user reads or writes in the chat. */
  markUnread(chatId: string): Promise<void>;
  /** Makes a request a chat as any other. A message to it does the same. */
  accept(chatId: string): Promise<void>;
  /** Removes a request, and leaves a group. In a direct chat the user who asked does not learn of it. */
  decline(chatId: string, options?: { block?: boolean }): Promise<void>;
  /** Removes all messages so far from the user's own view, on all devices. There is no way back. */
  clear(chatId: string): Promise<void>;
  /** Reads all messages, without opening the chat, and ends the mark. */
  markRead(chatId: string): Promise<void>;
  /** After a `problem`: tries again now. */
  reload(): Promise<void>;
  /** `undefined`: no user has this address. */
  findByEmail(email: string): Promise<Profile | undefined>;
}

export interface ChatSummary {
  readonly chatId: string;
  readonly kind: Chat['type'];
  /** The group's name, or the name of the other member. `undefined` for a group without name, or an erased member. */
  readonly name: string | undefined;
  /** The other member of a direct chat. */
  readonly other: Profile | undefined;
  readonly participants: readonly string[];
  readonly erased: readonly string[];
  /** The picture of the group, or of the other member. */
  readonly avatar: string | undefined;
  /** The user's part in a group. A `former` member sees the chat as it was, and cannot write. */
  readonly role: Role | 'former' | undefined;
  readonly admins: readonly string[];
  /** Whether only admins may write, and add members. */
  readonly onlyAdminsWrite: boolean;
  readonly onlyAdminsAdd: boolean;
  readonly last: LastRow | undefined;
  /** Epoch milliseconds: of the last row, or of the creation. The list is sorted by it. */
  readonly time: number;
  readonly lastSeq: number;
  readonly readSeq: number;
  readonly unread: number;
  /** By the user, until the user reads or writes in the chat. */
  readonly markedUnread: boolean;
  readonly pinned: boolean;
  readonly archived: boolean;
  /** The stranger who brought the user into the chat, until the user accepts. */
  readonly requestedBy: string | undefined;
  /** The user has blocked the other member of this direct chat: nothing passes, until the user unblocks them. */
  readonly blocked: boolean;
  readonly mutedUntil: number | undefined;
  /** Known for a direct chat that was opened. */
  readonly presence: Presence | undefined;
  /** User ids of the members who are typing now. */
  readonly typing: readonly string[];
}

/** The newest row of a chat: an unsent message of this browser, or the last message. */
export interface LastRow {
  readonly content: string | null;
  /** Of a system message. In lists, it names the first two of many new members. */
  readonly notice: Notice | undefined;
  readonly own: boolean;
  readonly senderId: string;
  readonly erased: boolean;
  /** For all members, by its sender or an admin. */
  readonly deleted: boolean;
  /** The user has hidden it: it has no preview. */
  readonly hidden: boolean;
  readonly tick: Tick | undefined;
  readonly timestamp: number;
  readonly seq: LastMessage['seq'] | undefined;
}
