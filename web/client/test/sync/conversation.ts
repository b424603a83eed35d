import type { Conversation } from '../../src/api.js';
import { CHAT, run } from './build.js';
import type { TestDatabase } from './database.js';
import { World, type WorldOptions } from './world.js';

/** A world in which the chat list is loaded, and the chat has messages of the other user. */
export async function worldOf({
  count,
  read = count,
  ...options
}: { count: number; read?: number } & WorldOptions): Promise<World> {
  const world = new World(options);
  if (!options.server) world.server.addMany(count);
  world.server.mark(read);
  await world.settle();
  return world;
}

export async function opened(world: World): Promise<Conversation> {
  const conversation = world.sync.conversation(CHAT);
  await world.settle();
  return conversation;
}

export const seqs = (conversation: Conversation) => conversation.state.value.rows.map(({ seq }) => seq);
/** The texts of the rows; the kinds of those without a text. */
export const texts = (conversation: Conversation) =>
  conversation.state.value.rows.map(({ kind, content }) => (kind === 'text' ? content : kind));
/** The contents of the stored messages. */
export const stored = async (database: TestDatabase) => {
  const rows = await database.transaction(['messages'], 'read', (tx) => tx.store('messages').all());
  return rows.map(({ content }) => content);
};
export const range = (from: number, to: number) => run(from, to).map(({ seq }) => seq);
/** Pages of messages that were asked for since the last time. */
export const pages = (world: World) => world.rest.taken().filter((call) => call.includes('/messages'));
