/** The changes of a message that the server takes from a user. */
import type { ChatSummary } from './api-chats.js';
import type { Row } from './api.js';

const MINUTE = 60_000;
/** Time limits after the sending. */
const EDIT_LIMIT = 15 * MINUTE;
export const DELETE_LIMIT = 60 * 60 * MINUTE;

/** `report` changes nothing: it is in the same menu. */
export type MessageChange = 'edit' | 'delete' | 'hide' | 'reply' | 'react' | 'report';

/** Whether the user may change the message so. `now`: epoch milliseconds by the server's clock. */
export function mayChange(change: MessageChange, row: Row, chat: ChatSummary, now: number): boolean {
  if (row.seq === undefined || row.kind === 'notice') return false;
  // A former member, and a user who was asked, may read the chat, remove messages from the own view, and report them.
  if (change === 'hide') return true;
  if (change === 'report') return row.kind === 'text' && !row.own;
  if (chat.role === 'former' || chat.requestedBy !== undefined || row.kind !== 'text' || row.changing) return false;
  if (change === 'react') return !chat.blocked;
  const isAdmin = chat.role === 'admin';
  const isClosed = chat.onlyAdminsWrite && !isAdmin;
  if (change === 'reply') return !isClosed;
  if (change === 'edit') return row.own && !isClosed && now - row.timestamp < EDIT_LIMIT;
  return isAdmin || (row.own && now - row.timestamp < DELETE_LIMIT);
}
