import { describe, expect, test } from 'vitest';
import { ME, OTHER } from '../../test/sync/build.js';
import { World } from '../../test/sync/world.js';

const lookUps = (world: World) => world.rest.taken().filter((call) => call.startsWith('GET /users'));

async function started(): Promise<World> {
  const world = new World();
  await world.settle();
  world.rest.taken();
  return world;
}

describe('profiles', () => {
  test('that were asked for together are one call', async () => {
    const world = await started();
    world.server.profiles.set('a', 'A').set('b', 'B');
    const [a, b] = [world.sync.people.get('a'), world.sync.people.get('b')];
    world.sync.people.get('a');
    expect(a.value).toBeUndefined();
    await world.settle();
    expect([a.value?.name, b.value?.name]).toEqual(['A', 'B']);
    expect(lookUps(world)).toEqual(['GET /users?ids=a,b']);
  });

  test('of more than 100 users are several calls', async () => {
    const world = await started();
    for (let id = 0; id < 101; id++) world.sync.people.get(`user ${String(id)}`);
    await world.settle();
    expect(lookUps(world)).toHaveLength(2);
  });

  test('beyond the cursor of an answer are loaded too', async () => {
    const world = await started();
    world.server.userPageSize = 1;
    world.server.profiles.set('a', 'A').set('b', 'B');
    const profiles = ['a', 'b'].map((id) => world.sync.people.get(id));
    await world.settle();
    expect(profiles.map(({ value }) => value?.name)).toEqual(['A', 'B']);
    expect(lookUps(world)).toEqual(['GET /users?ids=a,b', 'GET /users?ids=b&cursor=next']);
  });

  test('that do not exist are not asked for again', async () => {
    const world = await started();
    world.sync.people.get('unknown');
    await world.settle();
    world.sync.people.get('unknown');
    await world.settle();
    expect(lookUps(world)).toHaveLength(1);
  });

  test('are tried again after a failure', async () => {
    const world = await started();
    world.server.profiles.set('a', 'A');
    world.rest.offline = true;
    const profile = world.sync.people.get('a');
    await world.settle();
    world.rest.offline = false;
    await world.settle(60_000);
    expect(profile.value?.name).toBe('A');
  });

  test('of list members need no call', async () => {
    const world = await started();
    world.sync.conversation('chat');
    await world.settle();
    expect(world.sync.people.get(OTHER).value?.name).toBe('Other');
    expect(lookUps(world)).toEqual([]);
  });

  test('of the user follow a change on another device', async () => {
    const world = await started();
    world.link.events.emit({ type: 'settings', profile: { name: 'New name', avatar: null } });
    expect(world.sync.people.get(ME).value).toEqual({ userId: ME, name: 'New name' });
  });

  test('notify only when a profile changed', async () => {
    const world = await started();
    let changes = 0;
    world.sync.people.get(OTHER).subscribe(() => changes++);
    for (let twice = 0; twice < 2; twice++) {
      world.sync.conversation('chat').close();
      await world.settle();
    }
    expect(changes).toBeLessThanOrEqual(1);
  });
});
