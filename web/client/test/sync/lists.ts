import type { Chat } from '../../src/contracts.js';

/** A page of `GET /chats`: the chats that moved, or the requests. */
export function listOf(views: Chat[], query: URLSearchParams, { pageSize, asOf }: { pageSize: number; asOf: number }) {
  const [since, from] = ['since', 'cursor'].map((name) => Number(query.get(name) ?? 0)) as [number, number];
  const isListed = ({ requestedBy }: Chat) => (requestedBy !== undefined) === query.has('requests');
  const moved = views.filter((view) => isListed(view) && view.lastMessageTime >= since);
  const chats = moved.sort((a, b) => b.lastMessageTime - a.lastMessageTime).slice(from, from + pageSize);
  const next = from + chats.length;
  return { chats, asOf, ...(next < moved.length ? { cursor: String(next) } : {}) };
}
