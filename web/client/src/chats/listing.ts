/** The paging of docs/api.md ("Chat lists"): a chat that moves up while the pages are read is not missed. */
import type { Chat } from '../contracts.js';
import { PAGE } from '../conversation/pages.js';
import type { Rest } from '../parts.js';
import { present } from '../rest/present.js';

interface Listing {
  readonly rest: Rest;
  readonly signal: AbortSignal;
  /** Takes each page as it arrives. Returns false to end this pass. */
  readonly take: (chats: readonly Chat[]) => boolean;
}

/** Reads all chats, or those that moved since an earlier `asOf`. Returns the `asOf` for the next call. */
export async function readMoved(listing: Listing, since: number | undefined): Promise<number> {
  let asOf = since;
  for (;;) {
    const pass = await readPass(listing, asOf);
    asOf = pass.asOf;
    // All chats of one page were read at once, so none moved meanwhile.
    if (pass.pages === 1 || listing.signal.aborted) return asOf;
  }
}

/** Reads the list from its beginning, until `take` returns false. */
export async function readPass(
  { rest, signal, take }: Listing,
  since: number | undefined,
): Promise<{ asOf: number; pages: number }> {
  const first = await readChatPage(rest, signal, since === undefined ? {} : { since });
  let pages = 1;
  let goesOn = take(first.chats);
  for (let { cursor } = first; cursor !== undefined && goesOn && !signal.aborted; pages++) {
    const page = await readChatPage(rest, signal, { cursor });
    goesOn = take(page.chats);
    cursor = page.cursor;
  }
  return { asOf: first.asOf, pages };
}

/** Reads all requests. */
export async function readRequests({ rest, signal, take }: Listing): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await readChatPage(rest, signal, { requests: true, ...(cursor === undefined ? {} : { cursor }) });
    if (!take(page.chats)) return;
    cursor = page.cursor;
  } while (cursor !== undefined && !signal.aborted);
}

async function readChatPage(
  rest: Rest,
  signal: AbortSignal,
  bounds: { since?: number; cursor?: string; requests?: true },
) {
  const query = { ...bounds, limit: PAGE };
  return present((await rest.GET('/chats', { params: { query }, signal })).data);
}
