import { type Answer, ok, problem } from './answer.js';
import type { Connection, Server } from './server.js';

/** Answers a frame of a client as the socket's functions do. */
export function answerFrame(server: Server, connection: Connection, text: string): object {
  const frame = JSON.parse(text) as Record<string, unknown>;
  const id = frame['id'] === undefined ? {} : { id: frame['id'] };
  if (frame['action'] === 'ping') return { type: 'pong', timestamp: server.now, ...id };
  const { status, body } = handle(server, connection, frame);
  return status < 300 ? { type: 'ack', result: body, ...id } : { type: 'error', problem: body, ...id };
}

/** The reply of a function that cannot work now. */
export function rejectFrame(text: string): object {
  const { id } = JSON.parse(text) as { id?: unknown };
  const { body } = problem(503, 'The service is unavailable.');
  return { type: 'error', problem: body, ...(id === undefined ? {} : { id }) };
}

function handle(server: Server, connection: Connection, frame: Record<string, unknown>): Answer {
  const { userId } = connection;
  if (frame['action'] === 'unwatch') return ok({});
  if (frame['action'] === 'sendMessage') return server.accept(userId, frame['chatId'], frame, connection);
  const chat = server.chatOf(userId, frame['chatId']);
  if (!chat) return problem(404, 'There is no such chat.');
  if (!chat.has(userId)) return problem(403, 'The user has left the chat.');
  const { chatId } = chat;
  switch (frame['action']) {
    case 'typing':
      server.post(chat, { type: 'typing', chatId, userId }, connection, (id) => id !== userId);
      return ok({ chatId });
    case 'watch': {
      const other = chat.members.find((member) => member.userId !== userId)?.userId;
      const online = [...server.connections].some((one) => one.userId === other);
      return ok({ chatId, userId: other, presence: { online, lastSeen: server.now } });
    }
    case 'updateStatus':
      return server.mark(
        userId,
        chat,
        Number(frame['seq']),
        frame['status'] === 'read' ? 'read' : 'delivered',
        connection,
      );
    default:
      return problem(400, 'The action is unknown.');
  }
}
