import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Message } from '../src/contracts.js';
import { createPaloma } from '../src/index.js';
import { browserPorts } from '../src/browser.js';
import type { Account, ServerChat } from './simulation/server/data.js';
import { PASSWORD } from './simulation/server/logins.js';
import { Browser } from './simulation/world/browser.js';
import { API, WEB_SOCKET } from './simulation/world/network.js';
import { Tab } from './simulation/world/tab.js';
import { World } from './simulation/world/world.js';

/** Runs a module's text with the library of this package, in virtual time. */
async function play(world: World, text: string, account: Account): Promise<void> {
  const tab = new Tab(new Browser(world, account));
  const create = (config: Parameters<typeof createPaloma>[0]) => createPaloma(config, tab.ports);
  const process = { argv: ['node', 'echo.mjs', API, WEB_SOCKET, account.email, PASSWORD], once: () => undefined };
  const body = text.replace("import { createPaloma } from '@paloma/client';", '');
  const silent = { log: () => undefined };
  // The program is a module: it awaits at its top level.
  const program = Object.getPrototypeOf(play).constructor as new (...names: string[]) => typeof run;
  const run = new program('createPaloma', 'process', 'console', body) as (...values: unknown[]) => Promise<void>;
  await Promise.all([run(create, process, silent), world.scheduler.run(10_000)]);
}

function setUp(): { world: World; ana: Account; bruno: Account; chat: ServerChat } {
  const world = new World(1);
  const [ana, bruno] = world.server.accounts as [Account, Account];
  return { world, ana, bruno, chat: world.server.createChat([ana, bruno]) };
}

test('the twenty lines of the README echo each message of others once', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = await readFile(new URL('../examples/echo.mjs', import.meta.url), 'utf8');
  const lines = /```js\n(.*?)```/s.exec(readme)?.[1] ?? '';
  expect(example.endsWith(lines)).toBe(true);
  expect(lines.split('\n').length).toBeLessThanOrEqual(21);
  const { world, ana, bruno, chat } = setUp();
  await play(world, lines, bruno);
  for (const content of ['Hello', 'Are you there?']) {
    world.server.accept(ana.userId, chat.chatId, { content, clientMessageId: content });
    await world.scheduler.run(world.scheduler.now + 5_000);
  }
  const texts = chat.messages.map(({ content }: Message) => content);
  expect(texts).toEqual(['Hello', 'Ana wrote: Hello', 'Are you there?', 'Ana wrote: Are you there?']);
});

test('the ports of a browser work in Node, with memory in place of IndexedDB', async () => {
  const ports = browserPorts();
  const paloma = createPaloma(
    { apiUrl: API, webSocketUrl: WEB_SOCKET },
    { ...ports, fetch: () => Promise.reject(new TypeError()) },
  );
  const started = await new Promise((resolve) => {
    const end = paloma.session.state.subscribe((state) => {
      end();
      resolve(state);
    });
  });
  expect(started).toEqual({ kind: 'signedOut', reason: 'none' });
  expect(paloma.storage.value).toEqual({ kind: 'memory', reason: 'missing' });
  await paloma.close();
});
