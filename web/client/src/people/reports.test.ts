import { expect, test } from 'vitest';
import { ME, OTHER } from '../../test/sync/build.js';
import { World } from '../../test/sync/world.js';

async function started(): Promise<World> {
  const world = new World();
  await world.settle();
  world.rest.taken();
  return world;
}

test('a report is one call, and its failure reaches the caller', async () => {
  const world = await started();
  await world.sync.people.report({ userId: OTHER }, 'spam');
  expect(world.rest.taken()).toEqual(['POST /reports']);
  expect(world.server.reports).toEqual([{ userId: OTHER, reason: 'spam' }]);
  world.rest.reject('POST /reports', 429);
  await expect(world.sync.people.report({ userId: ME }, 'spam')).rejects.toMatchObject({ kind: 'problem' });
  world.rest.offline = true;
  await expect(world.sync.people.report({ userId: OTHER }, 'spam')).rejects.toMatchObject({ kind: 'offline' });
});
