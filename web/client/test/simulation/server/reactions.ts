import type { OwnReaction } from '../../../src/contracts.js';
import { withReaction, withSummary } from '../../reactions.js';
import { type Answer, ok, problem } from './answer.js';
import type { ServerChat } from './data.js';
import type { Call } from './rest.js';
import type { Server } from './server.js';

/** Milliseconds until the summary has a reaction, at most. */
const LONGEST_DELAY = 1_000;

/** `PUT` and `DELETE /messages/{messageId}/reaction` */
export function changeReaction(server: Server, userId: string, chat: ServerChat, seq: number, call: Call): Answer {
  const message = chat.messages[seq - 1];
  if (!message || !chat.has(userId) || message.kind !== undefined) return problem(403, 'The user cannot react.');
  const emoji = call.method === 'PUT' ? String(call.body['emoji']) : null;
  if (message.content === null && emoji !== null) return problem(409, 'The message is deleted.', { message });
  const { reactions } = chat.changes;
  const before = reactions.get(seq) ?? new Map<string, string>();
  const rows = withReaction(before, userId, emoji);
  reactions.set(seq, rows);
  if (rows !== before) server.later(server.random.between(0, LONGEST_DELAY), () => sumUp(server, chat, seq, userId));
  const { chatId, messageId } = message;
  return ok({ chatId, messageId, emoji, changedAt: server.now } satisfies OwnReaction);
}

/** One change covers all reactions so far. The summary is the same for all members. */
function sumUp(server: Server, chat: ServerChat, seq: number, reactedBy: string): void {
  const before = chat.messages[seq - 1];
  if (!before || before.content === null) return;
  const next = withSummary(before, chat.changes.reactions.get(seq) ?? new Map());
  if (JSON.stringify(next.reactions) === JSON.stringify(before.reactions)) return;
  server.store(chat, chat.changes.kept(before, next), { reactedBy });
}
