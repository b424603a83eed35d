/** Pages of a chat's history. */
import type { Message, Window } from '../contracts.js';
import type { Rest } from '../parts.js';
import { present } from '../rest/present.js';

/** The largest page that the server gives. */
export const PAGE = 100;

export interface Page {
  readonly messages: readonly Message[];
  /** With `changedAfter`: the messages that changed after it, as they are now. */
  readonly changed: readonly Message[];
  /** With `changedAfter`, `changed` has everything up to this change; otherwise `messages` has. */
  readonly changeSeq: number;
  readonly hasMoreChanges: boolean;
  /** The changes after `changedAfter` are not kept any more. */
  readonly reset?: boolean;
  /** All messages that the user has hidden. */
  readonly hidden?: readonly number[];
  readonly lastSeq: number;
  readonly hasMore: boolean;
  /** The messages that the user may see. Absent: all. */
  readonly windows?: readonly Window[];
}

export type Bounds =
  { readonly before: number } | { readonly after: number; readonly changedAfter?: number } | Record<string, never>;

export async function readPage(
  rest: Rest,
  chatId: string,
  bounds: Bounds,
  limit: number,
  signal: AbortSignal,
): Promise<Page> {
  const query = { ...bounds, limit };
  const { data } = await rest.GET('/chats/{chatId}/messages', { params: { path: { chatId }, query }, signal });
  return present(data);
}
