import type { Notice } from '../../../src/contracts.js';
import { type Answer, ok, problem } from './answer.js';
import type { ServerChat } from './data.js';
import type { Call } from './rest.js';
import { newChatFrame, type Server } from './server.js';

/** Two members stay, so that each message has a recipient. */
const LEAST_MEMBERS = 2;

/** Adds, removes, leaves and renames. In this server, each member may do everything. */
export function changeGroup(server: Server, userId: string, chat: ServerChat, call: Call): Answer {
  if (!chat.has(userId)) return problem(403, 'The user has left the chat.');
  if (call.method === 'PATCH') return rename(server, userId, chat, String(call.body['name']));
  if (call.method === 'POST') return add(server, userId, chat, call.body);
  return remove(server, userId, chat, call.path.split('/')[4] ?? '');
}

function rename(server: Server, userId: string, chat: ServerChat, name: string): Answer {
  if (chat.name === name) return unchanged(chat);
  chat.name = name;
  return announced(server, userId, chat, { type: 'chatChanged', name });
}

function add(server: Server, userId: string, chat: ServerChat, body: Record<string, unknown>): Answer {
  const ids = body['userIds'] as string[];
  const joining = server.accounts.filter((one) => ids.includes(one.userId) && !chat.has(one.userId));
  if (joining.length === 0) return unchanged(chat);
  const from = chat.lastSeq + 1;
  for (const { userId: id } of joining) join(chat, id, from, body['history'] === true);
  chat.members = [...chat.members, ...joining];
  const isJoining = (id: string) => joining.some((one) => one.userId === id);
  const answer = announced(server, userId, chat, { type: 'membersAdded', userIds: joining.map((one) => one.userId) });
  server.post(chat, newChatFrame(chat), undefined, isJoining);
  return answer;
}

/** New members have read everything up to their joining, so that the ticks of old messages stay. */
function join(chat: ServerChat, userId: string, from: number, history: boolean): void {
  const before = chat.windows.get(userId) ?? [];
  const isFirst = !chat.isKnownTo(userId);
  if (!isFirst || !history) chat.windows.set(userId, [...before, { from }]);
  chat.changes.leftAt.delete(userId);
  chat.marks.set(userId, { delivered: from, read: from });
}

function remove(server: Server, userId: string, chat: ServerChat, leaver: string): Answer {
  if (!chat.has(leaver)) return unchanged(chat);
  if (chat.members.length <= LEAST_MEMBERS) return problem(409, 'The group would be too small.');
  const before = server.everyone(chat);
  const kind: Notice = leaver === userId ? { type: 'memberLeft' } : { type: 'memberRemoved', userId: leaver };
  // The message of the leaving is the last one that the leaver sees.
  const answer = announced(server, userId, chat, kind);
  const windows = chat.windows.get(leaver) ?? [{ from: 1 }];
  chat.windows.set(leaver, [
    ...windows.slice(0, -1),
    { ...windows.at(-1), from: windows.at(-1)?.from ?? 1, to: chat.lastSeq },
  ]);
  chat.members = chat.members.filter((member) => member.userId !== leaver);
  chat.changes.leftAt.set(leaver, chat.changes.seqs.length);
  server.settle(chat, leaver, before);
  return answer;
}

function announced(server: Server, userId: string, chat: ServerChat, kind: Notice): Answer {
  const message = server.announce(chat, userId, kind);
  return ok({ chatId: chat.chatId, membershipVersion: chat.membershipVersion, message });
}

function unchanged({ chatId, membershipVersion }: ServerChat): Answer {
  return ok({ chatId, membershipVersion });
}
