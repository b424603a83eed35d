import { expect, test } from 'vitest';
import type { Message } from '../src/contracts.js';
import { assemble } from '../src/paloma.js';
import type { Account } from './simulation/server/data.js';
import { PASSWORD } from './simulation/server/logins.js';
import { Browser } from './simulation/world/browser.js';
import { API, WEB_SOCKET } from './simulation/world/network.js';
import { Tab } from './simulation/world/tab.js';
import { World } from './simulation/world/world.js';

test('a newer server may send unknown frames, kinds of messages and fields', async () => {
  const world = new World(1);
  const [ana, bruno] = world.server.accounts as [Account, Account];
  const chat = world.server.createChat([ana, bruno]);
  const tab = new Tab(new Browser(world, ana));
  const config = { apiUrl: API, webSocketUrl: WEB_SOCKET };
  const paloma = assemble(config, tab.ports, (_, name) => tab.browser.storage.openFor(tab, name));
  const pass = () => world.scheduler.run(world.scheduler.now + 5_000);
  const send = (content: string) =>
    world.server.accept(bruno.userId, chat.chatId, { content, clientMessageId: content });
  // In history: another kind of message, and a field that this version does not know.
  send('first');
  Object.assign(chat.messages[0] as Message, { translations: [{ language: 'es', text: 'primero' }] });
  send('a poll');
  Object.assign(chat.messages[1] as Message, { kind: 'poll', content: undefined, options: ['yes', 'no'] });
  await Promise.all([paloma.session.logIn({ email: ana.email, password: PASSWORD }), pass()]);
  const conversation = paloma.conversation(chat.chatId);
  await pass();

  // Live: an unknown frame, a known frame with another field, and a message of another kind.
  world.server.post(chat, { type: 'call', chatId: chat.chatId, from: bruno.userId });
  world.server.post(chat, { type: 'typing', chatId: chat.chatId, userId: bruno.userId, device: 'watch' });
  await world.scheduler.run(world.scheduler.now + 1_000);
  expect(paloma.chats.get(chat.chatId).value?.typing).toEqual([bruno.userId]);
  const sticker = { ...chat.messages[0], seq: 3, messageId: 'sticker', clientMessageId: 'sticker' } as Message;
  chat.messages.push(Object.assign(sticker, { kind: 'sticker', content: { url: 'https://example.com/cat.webp' } }));
  world.server.post(chat, { type: 'message', message: sticker });
  send('last');
  await pass();

  const shown = conversation.state.value.rows.map(({ seq, kind, content }) =>
    `${String(seq)} ${kind} ${content}`.trim(),
  );
  expect(shown).toEqual(['1 text first', '2 unknown', '3 unknown', '4 text last']);
  expect(paloma.connection.state.value.kind).toBe('open');
  expect(paloma.chats.list.value?.[0]?.last?.content).toBe('last');
});
