import { describe, expect, test } from 'vitest';
import { CHAT, message } from '../../test/sync/build.js';
import { opened, pages, worldOf } from '../../test/sync/conversation.js';
import type { Conversation } from '../api.js';
import type { Message } from '../contracts.js';

describe('a quote', () => {
  const reply = (seq: number, to: Message, change: Partial<Message> = {}) =>
    message(seq, { replyTo: { messageId: to.messageId }, ...change });
  const quotes = (conversation: Conversation) => conversation.state.value.rows.map(({ quote }) => quote?.preview);

  test('is that of the message as it is now', async () => {
    const world = await worldOf({ count: 1 });
    const conversation = await opened(world);
    world.server.messages.push(reply(2, message(1)));
    world.frame(reply(2, message(1)));
    expect(quotes(conversation)).toEqual([undefined, 'text 1']);
    world.link.events.emit(world.server.edit(1, 'edited'));
    expect(quotes(conversation)).toEqual([undefined, 'edited']);
    world.link.events.emit(world.server.edit(1, null));
    await world.settle(1_000);
    expect(conversation.state.value.rows[1]?.quote).toMatchObject({ gone: true, preview: '' });
  });

  test('of a message before the window changes with it', async () => {
    const world = await worldOf({ count: 80 });
    const quoted = { messageId: message(1).messageId, seq: 1, senderId: 'other', preview: 'text 1' };
    world.server.messages.push(message(81, { replyTo: quoted }));
    world.server.mark(81);
    const conversation = await opened(world);
    expect(conversation.state.value.rows.at(-1)?.quote?.preview).toBe('text 1');
    world.link.events.emit(world.server.edit(1, null));
    expect(conversation.state.value.rows.at(-1)?.quote?.gone).toBe(true);
    await world.settle(1_000);
    const rows = await world.database.transaction(['messages'], 'read', (tx) => tx.store('messages').all());
    expect(rows.find(({ seq }) => seq === 81)?.replyTo).toEqual({ messageId: message(1).messageId, gone: true });
  });

  test('of an answered message that is not loaded comes with one more call', async () => {
    const world = await worldOf({ count: 80 });
    const conversation = await opened(world);
    world.rest.taken();
    const quoted = { messageId: message(1).messageId, seq: 1, senderId: 'other', preview: 'text 1' };
    world.server.messages.push(message(81, { replyTo: quoted }));
    world.frame(reply(81, message(1)));
    await world.settle();
    expect(conversation.state.value.rows.at(-1)?.quote?.preview).toBe('text 1');
    expect(pages(world).at(-1)).toBe(`GET /chats/${CHAT}/messages?after=80&limit=1`);
    world.frame(world.server.add());
    await world.settle();
    expect(pages(world)).toEqual([]);
  });

  test('of a message that the user hides is gone', async () => {
    const world = await worldOf({ count: 1 });
    const conversation = await opened(world);
    world.server.messages.push(reply(2, message(1)));
    world.frame(reply(2, message(1)));
    await conversation.hide(message(1).messageId);
    expect(conversation.state.value.rows[0]?.quote?.gone).toBe(true);
  });
});
