import { describe, expect, test } from 'vitest';
import { own } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { opened, texts, worldOf } from '../../test/sync/conversation.js';

describe('an own change', () => {
  const withOwn = async () => {
    const world = await worldOf({ count: 0 });
    world.server.add({ senderId: 'me' });
    const conversation = await opened(world);
    const id = own(1).messageId;
    return { world, conversation, id };
  };

  test('shows at once, and moves no tick', async () => {
    const { world, conversation, id } = await withOwn();
    world.rest.hold();
    const editing = conversation.edit(id, 'edited');
    await settled();
    expect(conversation.state.value.rows).toMatchObject([{ content: 'edited', changing: true, tick: 'sent' }]);
    world.rest.release();
    await editing;
    expect(conversation.state.value.rows).toMatchObject([{ content: 'edited', changing: false, edited: true }]);
    expect(world.chat?.last?.content).toBe('edited');
  });

  test('that fails shows the message as it was', async () => {
    const { world, conversation, id } = await withOwn();
    world.rest.offline = true;
    await expect(conversation.edit(id, 'edited')).rejects.toMatchObject({ kind: 'offline' });
    expect(texts(conversation)).toEqual(['text 1']);
    await expect(conversation.delete(id)).rejects.toMatchObject({ kind: 'offline' });
    expect(texts(conversation)).toEqual(['text 1']);
  });

  test('of an old version shows the current message', async () => {
    const { world, conversation, id } = await withOwn();
    world.server.edit(1, 'from the phone');
    await expect(conversation.edit(id, 'from the tab')).rejects.toMatchObject({ problem: { status: 409 } });
    await world.settle();
    expect(texts(conversation)).toEqual(['from the phone']);
  });

  test('without a difference needs no call', async () => {
    const { world, conversation, id } = await withOwn();
    world.rest.taken();
    await conversation.edit(id, 'text 1');
    expect(world.rest.taken()).toEqual([]);
  });

  test('is a deletion that stays, whatever arrives', async () => {
    const { world, conversation, id } = await withOwn();
    const edit = world.server.edit(1, 'edited');
    await conversation.delete(id);
    world.link.events.emit(edit);
    world.frame(own(1));
    await world.settle();
    expect(texts(conversation)).toEqual(['deleted']);
    expect(conversation.state.value.rows[0]?.tick).toBeUndefined();
  });
});
