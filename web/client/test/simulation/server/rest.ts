import { type Answer, ok, problem } from './answer.js';
import { asIn, changeMessage, changesFor, clearChat } from './changes.js';
import { CHAT_PAGE, MESSAGE_PAGE } from './data.js';
import { changeGroup } from './groups.js';
import type { Server } from './server.js';

export interface Call {
  readonly method: string;
  /** Below `apiUrl`, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  readonly body: Record<string, unknown>;
}

/** Answers a call of REST. Routes that no run needs answer 404. */
export function answer(server: Server, call: Call): Answer {
  const route = `${call.method} ${call.path}`;
  if (route === 'POST /auth/login') return server.logins.logIn(call.body);
  if (route === 'POST /auth/refresh') return server.logins.refresh(call.body);
  const login = server.logins.check(call.token);
  // The gateway answers without a problem.
  if (!login) return { status: 401, body: { message: 'Unauthorized' } };
  const { account } = login;
  if (route === 'POST /auth/logout') {
    server.logins.end(call.body['everywhere'] === true ? account : { refreshToken: call.body['refreshToken'] });
    server.closeEnded();
    return { status: 204 };
  }
  if (route === 'POST /ws/tickets') return server.logins.issueTicket(login);
  if (route === 'GET /me') return ok({ ...account, createdAt: 1 });
  if (route === 'GET /blocks') return ok({ blocks: [] });
  if (route === 'GET /users') return users(server, account.userId, call);
  if (route === 'GET /chats') return chats(server, account.userId, call.query);
  return nested(server, account.userId, call);
}

function nested(server: Server, userId: string, call: Call): Answer {
  const [, collection, id, part] = call.path.split('/');
  if (collection === 'messages' && part === 'status' && call.method === 'PUT') return receipt(server, userId, id, call);
  if (collection === 'messages') return changeMessage(server, userId, String(id), call);
  const chat = collection === 'chats' ? server.chatOf(userId, id) : undefined;
  if (!chat) return problem(404, 'There is no such route or chat.');
  if (part === 'members' || call.method === 'PATCH') return changeGroup(server, userId, chat, call);
  if (part === undefined) return ok(chat.view(userId, true));
  if (part === 'clear') return clearChat(server, userId, chat, call);
  if (part !== 'messages') return problem(404, 'There is no such route.');
  if (call.method === 'POST') return server.accept(userId, id, call.body);
  return messages(server, userId, String(id), call.query);
}

function receipt(server: Server, userId: string, messageId: string | undefined, call: Call): Answer {
  for (const chat of server.chats.values()) {
    const message = chat.messages.find((one) => one.messageId === messageId);
    const status = call.body['status'] === 'read' ? 'read' : 'delivered';
    if (message && chat.isKnownTo(userId)) return server.mark(userId, chat, message.seq, status);
  }
  return problem(404, 'There is no such message.');
}

function messages(server: Server, userId: string, chatId: string, query: URLSearchParams): Answer {
  const chat = server.chatOf(userId, chatId);
  if (!chat) return problem(404, 'There is no such chat.');
  const limit = Math.min(Number(query.get('limit') ?? 50), MESSAGE_PAGE);
  const after = query.get('after');
  const before = Number(query.get('before') ?? chat.lastSeq + 1);
  const visible = chat.visible(userId);
  const all = visible.filter(({ seq }) => seq < before && seq > Number(after ?? 0));
  const page = after === null ? all.slice(-limit) : all.slice(0, limit);
  const shown = page.map((message) => asIn(chat, userId, message));
  const lastSeq = chat.lastSeqOf(userId);
  const hidden = [...(chat.changes.hidden.get(userId) ?? [])];
  return ok({
    ...{ messages: shown, lastSeq, hasMore: all.length > page.length },
    ...changesFor(userId, chat, query.get('changedAfter')),
    ...chat.windowsOf(userId),
    ...(hidden.length > 0 ? { hidden } : {}),
  });
}

function chats(server: Server, userId: string, query: URLSearchParams): Answer {
  const asOf = server.now;
  // All users know each other here.
  if (query.get('requests') === 'true') return ok({ chats: [], asOf });
  const [since, position] = (query.get('cursor') ?? `${query.get('since') ?? '0'}/${String(Number.MAX_SAFE_INTEGER)}`)
    .split('/')
    .map(Number) as [number, number];
  const moved = [...server.chats.values()]
    .filter((chat) => chat.isKnownTo(userId) && chat.movedAt >= since && chat.movedAt < position)
    .sort((a, b) => b.movedAt - a.movedAt);
  const page = moved.slice(0, CHAT_PAGE);
  const last = page.at(-1);
  const cursor = moved.length > page.length && last ? { cursor: `${String(since)}/${String(last.movedAt)}` } : {};
  return ok({ chats: page.map((chat) => chat.view(userId, false)), asOf, ...cursor });
}

function users(server: Server, userId: string, { query }: Call): Answer {
  const profile = ({ userId: id, name }: { userId: string; name: string }) => ({ userId: id, name });
  const email = query.get('email');
  if (email !== null) {
    const found = server.accounts.find((one) => one.email === email);
    return found ? ok(profile(found)) : problem(404, 'No user has this address.');
  }
  const ids = new Set((query.get('ids') ?? '').split(','));
  const shared = [...server.chats.values()].filter((chat) => chat.isKnownTo(userId)).flatMap((chat) => chat.members);
  const known = new Map(shared.map((one) => [one.userId, one]));
  return ok({ users: [...known.values()].filter((one) => ids.has(one.userId)).map(profile) });
}
