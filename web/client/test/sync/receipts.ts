import { World } from './world.js';

/** A world with three messages that the user has received and read. */
export async function started(world = new World()): Promise<World> {
  if (world.server.messages.length === 0) world.server.addMany(3);
  world.server.mark(3);
  await world.settle(5_000);
  world.frames.splice(0);
  return world;
}

/** The receipts that were sent. */
export const sent = (world: World) =>
  world.frames.flatMap((frame) => (frame.action === 'updateStatus' ? [`${frame.status} ${String(frame.seq)}`] : []));
