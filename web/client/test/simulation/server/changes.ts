import type { Message } from '../../../src/contracts.js';
import { withMine, type ReactionRows } from '../../reactions.js';
import { hiddenOf } from '../../../src/conversation/message-states.js';
import { quoteOf } from '../../../src/conversation/quotes.js';
import { changeReaction } from './reactions.js';
import { type Answer, ok, problem } from './answer.js';
import type { ServerChat } from './data.js';
import type { Call } from './rest.js';
import type { Server } from './server.js';

/** Changes of one answer: few, so that a catch-up needs several. */
const CHANGES_PAGE = 2;

/** The changes of a chat's messages, and what users have hidden. */
export class ChatChanges {
  /** The seqs of changed messages, in the order of their changes. */
  readonly seqs: number[] = [];
  /** Changes that are not kept any more. */
  forgotten = 0;
  /** By seq. */
  readonly reactions = new Map<number, ReactionRows>();
  readonly hidden = new Map<string, Set<number>>();
  /** By user: the seq up to which the user has cleared the chat. */
  readonly cleared = new Map<string, number>();
  /** By former member: the last change that this user sees. */
  readonly leftAt = new Map<string, number>();
  /** By seq: all states, the first one first. */
  readonly #states = new Map<number, Message[]>();

  /** The text as it was sent. */
  original(message: Message): string | null {
    return (this.#states.get(message.seq)?.[0] ?? message).content;
  }

  /** The next state of a message. `content: null` deletes it. */
  next(message: Message, userId: string, content: string | null, now: number): Message {
    if (content !== null) return this.kept(message, { ...message, content, editedAt: now });
    const { replyTo: _, editedAt: _1, reactions: _2, ...rest } = message;
    this.reactions.delete(message.seq);
    return this.kept(message, { ...rest, content, deletedAt: now, deletedBy: userId });
  }

  /** A state of a message that follows another one. */
  kept(before: Message, state: Message): Message {
    const next = { ...state, version: this.seqs.push(before.seq) };
    this.#states.set(before.seq, [...(this.#states.get(before.seq) ?? [before]), next]);
    return next;
  }

  /** The version of the last edit: reactions do not matter to the next one. */
  contentVersion({ seq, content }: Message): number {
    const states = this.#states.get(seq) ?? [];
    return states[states.findLastIndex((state) => state.content !== content) + 1]?.version ?? 0;
  }

  /** A former member sees no later edit, but each deletion. A user sees nothing of hidden messages. */
  seenBy(userId: string, message: Message): Message {
    if (this.hidden.get(userId)?.has(message.seq)) return hiddenOf(message);
    const last = this.leftAt.get(userId);
    if (last === undefined || message.deletedAt !== undefined) return message;
    return this.#states.get(message.seq)?.findLast(({ version = 0 }) => version <= last) ?? message;
  }
}

/** `PATCH` and `DELETE /messages/{messageId}`, its hiding, and the reactions to it. */
export function changeMessage(server: Server, userId: string, messageId: string, call: Call): Answer {
  const found = findMessage(server, userId, messageId);
  if (!found) return problem(404, 'There is no such message.');
  const { chat, message } = found;
  if (call.path.endsWith('/reaction')) return changeReaction(server, userId, chat, message.seq, call);
  if (call.method === 'POST') {
    const { chatId, seq } = message;
    chat.changes.hidden.set(userId, new Set(chat.changes.hidden.get(userId)).add(seq));
    server.postTo(userId, { type: 'settings', hidden: { chatId, seq } });
    return ok({ chatId, messageId, seq });
  }
  if (!chat.has(userId)) return problem(403, 'The user has left the chat.');
  if (call.method === 'DELETE') {
    if (message.senderId !== userId && chat.kind === 'direct') return problem(403, 'The message is of another user.');
    return ok(message.content === null ? message : server.change(chat, userId, message, null));
  }
  if (message.senderId !== userId) return problem(403, 'The message is of another user.');
  const { content, version } = call.body as { content: string; version: number };
  if (message.content === content) return ok(message);
  const isOld = version < chat.changes.contentVersion(message) || message.content === null;
  if (isOld) return problem(409, 'The message was changed.', { message });
  return ok(server.change(chat, userId, message, content));
}

/** `POST /chats/{chatId}/clear` */
export function clearChat(server: Server, userId: string, chat: ServerChat, call: Call): Answer {
  const { chatId } = chat;
  const clearedSeq = Math.max(chat.changes.cleared.get(userId) ?? 0, Number(call.body['upTo']));
  chat.changes.cleared.set(userId, clearedSeq);
  server.postTo(userId, { type: 'settings', hidden: { chatId, clearedSeq } });
  return ok({ chatId, clearedSeq });
}

/** The part of a page that is about changes. Former members get none: their cursor stays. */
export function changesFor(userId: string, chat: ServerChat, changedAfter: string | null): object {
  const { changes } = chat;
  const newest = { changed: [], changeSeq: changes.seqs.length, hasMoreChanges: false };
  if (!chat.has(userId)) return { ...newest, changeSeq: Number(changedAfter ?? 0) };
  const after = Number(changedAfter);
  if (changedAfter === null || after === changes.seqs.length) return newest;
  if (after < changes.forgotten) return { ...newest, reset: true };
  const part = changes.seqs.slice(after, after + CHANGES_PAGE);
  const changeSeq = after + part.length;
  const visible = new Map(chat.visible(userId).map((message) => [message.seq, message]));
  const changed = [...new Set(part)].flatMap((seq) => visible.get(seq) ?? []);
  const shown = changed.map((message) => asIn(chat, userId, message));
  return { changed: shown, changeSeq, hasMoreChanges: changeSeq < changes.seqs.length };
}

/** The message as a page has it: with its status, its quote, and the user's own reaction. */
export function asIn(chat: ServerChat, userId: string, message: Message): Message {
  const rows = chat.changes.reactions.get(message.seq) ?? new Map<string, string>();
  return withMine({ ...quoted(chat, userId, message), status: chat.statusOf(message) }, rows, userId);
}

/** The message with its quote as this user sees it. */
function quoted(chat: ServerChat, userId: string, message: Message): Message {
  const { replyTo } = message;
  if (!replyTo) return message;
  const answered = chat.visible(userId).find(({ messageId }) => messageId === replyTo.messageId);
  return { ...message, replyTo: answered ? quoteOf(answered) : { messageId: replyTo.messageId, gone: true } };
}

function findMessage(server: Server, userId: string, messageId: string) {
  for (const chat of server.chats.values()) {
    const message = chat.messages.find((one) => one.messageId === messageId);
    if (message && chat.isKnownTo(userId) && chat.isInWindows(userId, message.seq)) return { chat, message };
  }
  return undefined;
}
