/** The part of the public interface that changes groups. */
import type { Role } from './contracts.js';

/** Most users of one `add`. */
export const MAX_ADDED = 50;

/**
 * Changes of groups. Each one that changes something is a system message of its group. A call for a state that already
 * holds changes nothing. After a rejection, the group is loaded again: 403 if the user may not do this (any more), 404
 * if the user never was in the group, 409 if the group cannot have the change.
 */
export interface Groups {
  /**
   * Adds up to {@link MAX_ADDED} users. With `history`, which admins may grant, they see earlier messages too. The same
   * `clientMessageId` on every try adds once.
   */
  add(chatId: string, addition: Addition): Promise<void>;
  remove(chatId: string, userId: string): Promise<void>;
  /** The user leaves. The chat stays in the list, as it was. */
  leave(chatId: string): Promise<void>;
  setRole(chatId: string, userId: string, role: Role): Promise<void>;
  /** A field that is absent keeps its value. `null` removes the name or the picture. */
  change(chatId: string, change: GroupChange): Promise<void>;
}

export interface Addition {
  readonly userIds: readonly string[];
  readonly history?: boolean;
  readonly clientMessageId: string;
}

export interface GroupChange {
  readonly name?: string | null;
  readonly avatar?: string | null;
  readonly onlyAdminsWrite?: boolean;
  readonly onlyAdminsAdd?: boolean;
}
