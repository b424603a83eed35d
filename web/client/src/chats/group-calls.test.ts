import { describe, expect, test } from 'vitest';
import { CHAT, ME, OTHER } from '../../test/sync/build.js';
import { opened, pages, worldOf } from '../../test/sync/conversation.js';
import type { World } from '../../test/sync/world.js';

async function groupOf(count: number): Promise<World> {
  const world = await worldOf({ count });
  world.server.change({ type: 'group', name: 'Group', admins: [ME], role: 'admin' });
  world.link.opened.emit();
  await world.settle();
  world.rest.taken();
  return world;
}

describe('a change of a group', () => {
  test('shows at once, in the list and in the conversation, without another call', async () => {
    const world = await groupOf(3);
    const conversation = await opened(world);
    world.rest.taken();
    await world.sync.groups.add(CHAT, { userIds: ['carla'], history: true, clientMessageId: 'once' });
    await world.settle();
    expect(world.chat).toMatchObject({ participants: [ME, OTHER, 'carla'], unread: 0, lastSeq: 4 });
    expect(conversation.state.value.rows.at(-1)).toMatchObject({ seq: 4, kind: 'notice', own: true });
    expect(pages(world)).toEqual([]);
  });

  test('has a call for each kind', async () => {
    const world = await groupOf(3);
    const { groups } = world.sync;
    await groups.setRole(CHAT, OTHER, 'admin');
    expect(world.chat?.admins).toEqual([ME, OTHER]);
    await groups.change(CHAT, { name: 'Renamed', onlyAdminsWrite: true });
    expect(world.chat).toMatchObject({ name: 'Renamed', onlyAdminsWrite: true, onlyAdminsAdd: true });
    await groups.remove(CHAT, OTHER);
    expect(world.chat).toMatchObject({ participants: [ME], admins: [ME] });
    await groups.leave(CHAT);
    expect(world.chat).toMatchObject({ role: 'former', participants: [], unread: 0 });
    expect(world.rest.taken()).toEqual([
      `PUT /chats/${CHAT}/members/${OTHER}/role`,
      `PATCH /chats/${CHAT}`,
      `DELETE /chats/${CHAT}/members/${OTHER}`,
      `DELETE /chats/${CHAT}/members/${ME}`,
    ]);
  });

  test('with a frame after its answer is applied once', async () => {
    const world = await groupOf(3);
    await world.sync.groups.add(CHAT, { userIds: ['carla'], clientMessageId: 'once' });
    for (const message of world.server.messages.slice(-1)) world.frame(message);
    await world.settle();
    expect(world.chat?.participants).toEqual([ME, OTHER, 'carla']);
    expect(world.rest.taken()).not.toContain(`GET /chats/${CHAT}`);
  });

  test.each([403, 404, 409])('that is rejected with %d fails, and the group is loaded again', async (status) => {
    const world = await groupOf(3);
    world.server.change({ role: 'member', admins: [OTHER], membershipVersion: 1 });
    world.rest.reject(`PATCH /chats/${CHAT}`, status);
    await expect(world.sync.groups.change(CHAT, { name: 'Mine' })).rejects.toMatchObject({ problem: { status } });
    await world.settle();
    expect(world.chat).toMatchObject({ role: 'member', admins: [OTHER], name: 'Group' });
  });

  test('that got no answer changes nothing here', async () => {
    const world = await groupOf(3);
    world.rest.offline = true;
    await expect(world.sync.groups.leave(CHAT)).rejects.toMatchObject({ kind: 'offline', transient: true });
    expect(world.chat?.role).toBe('admin');
  });
});
