import { describe, expect, test } from 'vitest';
import { CHAT, ME, OTHER } from '../../test/sync/build.js';
import { opened, pages, seqs, worldOf } from '../../test/sync/conversation.js';
import type { World } from '../../test/sync/world.js';
import type { Notice, Window } from '../contracts.js';

/** A group of messages, of which the user may see those of the windows. */
async function groupOf(count: number, windows: Window[] | undefined, readSeq = count): Promise<World> {
  const world = await worldOf({ count, read: readSeq });
  const isFormer = windows?.at(-1)?.to !== undefined;
  const role = isFormer ? 'former' : 'member';
  world.server.change({ type: 'group', name: 'Group', admins: [OTHER], role, ...(windows ? { windows } : {}) });
  world.link.opened.emit();
  await world.settle();
  return world;
}

const added = (...userIds: string[]): Notice => ({ type: 'membersAdded', userIds });
const removal: Notice = { type: 'memberRemoved', userId: ME };

describe('the windows of a member', () => {
  test('a new member sees messages from the joining on, and nothing asks for earlier ones', async () => {
    const world = await groupOf(120, [{ from: 101 }]);
    const conversation = await opened(world);
    expect(seqs(conversation)).toEqual(Array.from({ length: 20 }, (_, at) => at + 101));
    expect(conversation.state.value.hasOlder).toBe(false);
    world.rest.taken();
    await conversation.loadOlder();
    await world.settle(60_000);
    expect(pages(world)).toEqual([]);
  });

  test('a member who rejoined sees both windows without a gap, also where older pages load', async () => {
    const world = await groupOf(300, [{ from: 20, to: 100 }, { from: 280 }]);
    const conversation = await opened(world);
    const visible = [...Array(300).keys()].map((at) => at + 1).filter((seq) => (seq >= 20 && seq <= 100) || seq >= 280);
    expect(seqs(conversation)).toEqual(visible.slice(-50));
    world.rest.taken();
    await conversation.loadOlder();
    expect(seqs(conversation)).toEqual(visible.slice(-100));
    await conversation.loadOlder();
    expect(seqs(conversation)).toEqual(visible);
    expect(conversation.state.value.hasOlder).toBe(false);
    expect(pages(world)).toHaveLength(2);
  });

  test('a window that only the page knows ends the search for what is before it', async () => {
    const world = await worldOf({ count: 10 });
    world.server.change({ type: 'group', windows: [{ from: 8 }], role: 'member' });
    const conversation = await opened(world);
    expect(seqs(conversation)).toEqual([8, 9, 10]);
    expect(conversation.state.value.hasOlder).toBe(false);
  });
});

describe('a member who is removed', () => {
  test('sees the removal, then nothing, and sends no receipt', async () => {
    const world = await groupOf(3, undefined);
    const conversation = await opened(world);
    world.frame(world.server.add({ kind: removal }));
    world.server.change({ role: 'former', windows: [{ from: 1, to: 4 }], participants: [] });
    world.server.addMany(5);
    await world.settle();
    expect(conversation.state.value.rows.at(-1)).toMatchObject({ kind: 'notice', notice: removal, tick: undefined });
    expect(world.chat).toMatchObject({ role: 'former', unread: 0, participants: [] });
    conversation.seen(4);
    world.frames.length = 0;
    world.rest.taken();
    world.link.opened.emit();
    await world.settle(60_000);
    expect(seqs(conversation)).toEqual([1, 2, 3, 4]);
    expect(pages(world).length).toBeLessThan(3);
    expect(world.frames).toEqual([]);
  });

  test('while offline learns it from the list', async () => {
    const world = await groupOf(3, undefined);
    const conversation = await opened(world);
    world.server.add({ kind: removal });
    world.server.change({ role: 'former', windows: [{ from: 1, to: 4 }], participants: [] });
    world.server.addMany(2);
    world.link.opened.emit();
    await world.settle();
    expect(world.chat).toMatchObject({ role: 'former', lastSeq: 4, last: { notice: removal, erased: false } });
    expect(seqs(conversation)).toEqual([1, 2, 3, 4]);
  });

  test('and added again gets a second window, live', async () => {
    const world = await groupOf(4, [{ from: 1, to: 4 }]);
    const conversation = await opened(world);
    world.server.addMany(2);
    const again = world.server.add({ kind: added(ME) });
    world.server.change({ role: 'member', windows: [{ from: 1, to: 4 }, { from: 7 }], participants: [OTHER, ME] });
    world.frame(again);
    await world.settle();
    world.frame(world.server.add());
    await world.settle();
    expect(seqs(conversation)).toEqual([1, 2, 3, 4, 7, 8]);
    expect(world.chat).toMatchObject({ role: 'member', participants: [OTHER, ME], lastSeq: 8 });
  });
});

describe('a change of the group', () => {
  test('made while the user was offline appears after the catch-up', async () => {
    const world = await groupOf(3, undefined);
    const conversation = await opened(world);
    world.server.profiles.set('carla', 'Carla');
    world.server.add({ kind: added('carla') });
    world.server.change({ participants: [ME, OTHER, 'carla'], membershipVersion: 1 });
    world.link.opened.emit();
    await world.settle();
    expect(world.chat).toMatchObject({ participants: [ME, OTHER, 'carla'], unread: 0 });
    expect(conversation.state.value.rows.at(-1)).toMatchObject({ seq: 4, kind: 'notice', notice: added('carla') });
    expect(conversation.state.value.members.map(({ name }) => name)).toContain('Carla');
  });

  test('with a lost frame shows at the next message, by one call', async () => {
    const world = await groupOf(3, undefined);
    world.server.add({ kind: { type: 'chatChanged', name: 'Renamed' } });
    world.server.change({ name: 'Renamed', membershipVersion: 1 });
    world.rest.taken();
    world.frame(world.server.add());
    await world.settle();
    expect(world.chat).toMatchObject({ name: 'Renamed', unread: 1 });
    world.frame(world.server.add());
    await world.settle();
    expect(world.rest.taken().filter((call) => call === `GET /chats/${CHAT}`)).toHaveLength(1);
  });

  test('of an addition to a group is loaded when the frame of the chat arrives', async () => {
    const world = await worldOf({ count: 0 });
    world.server.addChat('group', 3);
    const { chatId, ...joined } = { chatId: 'group', kind: added(ME) };
    const message = world.server.add({ chatId, ...joined });
    const view = { type: 'group', windows: [{ from: 4 }], readSeq: 4, role: 'member', membershipVersion: 1 } as const;
    world.server.change({ ...view, windows: [...view.windows] }, chatId);
    const participants = [OTHER, ME];
    const frame = {
      type: 'group',
      chatId,
      participants,
      createdAt: 0,
      createdBy: OTHER,
      membershipVersion: 1,
    } as const;
    world.link.events.emit({ type: 'chat', chat: { ...frame, participants } });
    world.frame(message);
    await world.settle();
    expect(world.sync.chats.get(chatId).value).toMatchObject({ unread: 0, lastSeq: 4, role: 'member' });
    expect(world.rest.taken().filter((call) => call === 'GET /chats/group')).toHaveLength(1);
  });
});
