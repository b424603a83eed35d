import { describe, expect, test } from 'vitest';
import type { Conversation } from '../api.js';
import { CHAT, ME, OTHER, message } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { opened, worldOf } from '../../test/sync/conversation.js';
import { World } from '../../test/sync/world.js';

const id = message(1).messageId;
/** The reactions to the last message. */
const shown = (conversation: Conversation) =>
  (conversation.state.value.rows.at(-1)?.reactions ?? []).map(
    ({ emoji, count, own }) => `${emoji}${String(count)}${own ? ' own' : ''}`,
  );
/** All different reactions that show from now on. */
const watched = (conversation: Conversation) => {
  const all: string[] = [];
  conversation.state.subscribe(() => {
    const now = shown(conversation).join(' ');
    if (all.at(-1) !== now) all.push(now);
  });
  return all;
};
const open = async () => {
  const world = await worldOf({ count: 1 });
  const conversation = await opened(world);
  world.rest.taken();
  const react = (userId: string, emoji: string | null) => world.server.react(1, userId, emoji);
  const sumUp = () => world.link.events.emit(world.server.sumUp(1));
  return { world, conversation, react, sumUp };
};

describe('an own reaction', () => {
  test('shows at once, and once, before and after the answer and the summary', async () => {
    const { world, conversation, sumUp } = await open();
    const all = watched(conversation);
    world.rest.hold();
    const reacting = conversation.react(id, '👍');
    await settled();
    expect(shown(conversation)).toEqual(['👍1 own']);
    world.rest.release();
    await reacting;
    expect(shown(conversation)).toEqual(['👍1 own']);
    sumUp();
    await world.settle(60_000);
    expect(all).toEqual(['👍1 own']);
    expect(world.rest.taken()).toEqual([`PUT /messages/${id}/reaction`]);
  });

  test('counts once if the summary comes before the answer', async () => {
    const { world, conversation, react, sumUp } = await open();
    react(OTHER, '👍');
    sumUp();
    const all = watched(conversation);
    world.rest.hold();
    const reacting = conversation.react(id, '👍');
    await settled();
    sumUp();
    await settled();
    world.rest.release();
    await reacting;
    await world.settle(60_000);
    expect(all).toEqual(['👍2 own']);
  });

  test('stays while a summary comes that does not have it yet', async () => {
    const { world, conversation, react, sumUp } = await open();
    react(OTHER, '🎉');
    const early = world.server.sumUp(1);
    await conversation.react(id, '👍');
    const all = watched(conversation);
    world.link.events.emit(early);
    await world.settle();
    sumUp();
    await world.settle(60_000);
    expect(all).toEqual(['🎉1 👍1 own']);
  });

  test('is changed and removed, and the counts of others stay', async () => {
    const { world, conversation, react, sumUp } = await open();
    react(OTHER, '👍');
    react(ME, '👍');
    sumUp();
    const all = watched(conversation);
    await conversation.react(id, '🎉');
    sumUp();
    await conversation.unreact(id);
    sumUp();
    await world.settle(60_000);
    expect(all).toEqual(['👍1 🎉1 own', '👍1']);
    expect(world.rest.taken()).toEqual([`PUT /messages/${id}/reaction`, `DELETE /messages/${id}/reaction`]);
  });

  test('that fails shows the reaction before, and says why', async () => {
    const { world, conversation, sumUp } = await open();
    await conversation.react(id, '👍');
    sumUp();
    world.rest.offline = true;
    const failing = conversation.react(id, '🎉');
    expect(shown(conversation)).toEqual(['🎉1 own']);
    await expect(failing).rejects.toMatchObject({ kind: 'offline' });
    expect(shown(conversation)).toEqual(['👍1 own']);
    world.rest.offline = false;
    world.rest.reject(`DELETE /messages/${encodeURIComponent(id)}/reaction`, 403);
    await expect(conversation.unreact(id)).rejects.toMatchObject({ problem: { status: 403 } });
    expect(shown(conversation)).toEqual(['👍1 own']);
  });

  test('that fails after one that is accepted and not summed up yet shows the accepted one', async () => {
    const { world, conversation } = await open();
    await conversation.react(id, '👍');
    world.rest.offline = true;
    await expect(conversation.react(id, '🎉')).rejects.toMatchObject({ kind: 'offline' });
    expect(shown(conversation)).toEqual(['👍1 own']);
  });

  test('is the last one of several, which are sent one after the other', async () => {
    const { world, conversation, sumUp } = await open();
    const all = watched(conversation);
    world.rest.hold();
    const first = conversation.react(id, '👍');
    await settled();
    const second = conversation.react(id, '🎉');
    const third = conversation.react(id, '😂');
    await settled();
    expect(world.rest.taken()).toEqual([`PUT /messages/${id}/reaction`]);
    world.rest.release();
    await Promise.all([first, second, third]);
    // The second one was replaced while it waited.
    expect(world.rest.taken()).toEqual([`PUT /messages/${id}/reaction`]);
    sumUp();
    await world.settle(60_000);
    expect(all).toEqual(['👍1 own', '🎉1 own', '😂1 own']);
  });

  test('that is taken back at once leaves nothing', async () => {
    const { world, conversation, sumUp } = await open();
    const all = watched(conversation);
    await conversation.react(id, '👍');
    const early = world.server.sumUp(1);
    await conversation.unreact(id);
    world.link.events.emit(early);
    sumUp();
    await world.settle(60_000);
    expect(all).toEqual(['👍1 own', '']);
  });

  test('gives way to that of another device', async () => {
    const { world, conversation, react, sumUp } = await open();
    await conversation.react(id, '👍');
    react(ME, '🎉');
    sumUp();
    await world.settle(60_000);
    expect(shown(conversation)).toEqual(['🎉1 own']);
  });

  test('that was so before hides no change by another device', async () => {
    const { world, conversation, react, sumUp } = await open();
    await conversation.unreact(id);
    react(ME, '🎉');
    sumUp();
    await world.settle();
    expect(shown(conversation)).toEqual(['🎉1 own']);
  });

  test('goes with the message', async () => {
    const { world, conversation } = await open();
    await conversation.react(id, '👍');
    world.link.events.emit(world.server.edit(1, null));
    await world.settle(60_000);
    expect(shown(conversation)).toEqual([]);
    await expect(conversation.react('unknown', '👍')).rejects.toMatchObject({ kind: 'unexpected' });
  });
});

describe('the reactions to a message', () => {
  test('of others show live and in order, and an older summary changes nothing', async () => {
    const { world, conversation, react } = await open();
    react('ana', '👍');
    const first = world.server.sumUp(1);
    react('bruno', '👍');
    const second = world.server.sumUp(1);
    for (const event of [second, first]) world.link.events.emit(event);
    await world.settle();
    expect(shown(conversation)).toEqual(['👍2']);
  });

  test('are there after a time without a socket', async () => {
    const { world, conversation, react } = await open();
    react('ana', '👍');
    react(ME, '👍');
    world.server.sumUp(1);
    world.link.opened.emit();
    await world.settle();
    expect(shown(conversation)).toEqual(['👍2 own']);
  });

  test('stay through an edit, and go with the content', async () => {
    const { world, conversation, react, sumUp } = await open();
    react('ana', '👍');
    sumUp();
    world.link.events.emit(world.server.edit(1, 'edited'));
    await world.settle();
    expect(shown(conversation)).toEqual(['👍1']);
    await conversation.hide(id);
    expect(conversation.state.value.rows).toEqual([]);
  });

  test('of many people keep the own one, which another device may change', async () => {
    const { world, conversation, react, sumUp } = await open();
    for (let at = 0; at < 9; at++) react(`person ${String(at)}`, '👍');
    sumUp();
    await conversation.react(id, '👍');
    sumUp();
    react('one more', '👍');
    sumUp();
    await world.settle(60_000);
    expect(shown(conversation)).toEqual(['👍11 own']);
    const reaction = { chatId: CHAT, messageId: id, emoji: null, changedAt: 100 };
    world.link.events.emit({ type: 'settings', reaction });
    world.link.events.emit({ type: 'settings', reaction: { ...reaction, emoji: '👍', changedAt: 99 } });
    react(ME, null);
    sumUp();
    await world.settle();
    expect(shown(conversation)).toEqual(['👍10']);
  });

  test('are stored, with the own one, and change while no tab shows the chat', async () => {
    const { world, conversation, react, sumUp } = await open();
    for (let at = 0; at < 9; at++) react(`person ${String(at)}`, '👍');
    sumUp();
    await conversation.react(id, '👍');
    conversation.close();
    await world.settle(1_000);
    sumUp();
    await world.settle(1_000);
    await world.sync.close();
    const again = new World({ server: world.server, database: world.database });
    await again.settle();
    again.rest.offline = true;
    expect(shown(await opened(again))).toEqual(['👍10 own']);
  });
});
