/** Pages of a chat's history. */
import type { Message } from '../contracts.js';
import type { Rest } from '../parts.js';
import { present } from '../rest/present.js';

/** The largest page that the server gives. */
export const PAGE = 100;

export interface Page {
  readonly messages: readonly Message[];
  readonly lastSeq: number;
  readonly hasMore: boolean;
}

export type Bounds = { readonly before: number } | { readonly after: number } | Record<string, never>;

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
