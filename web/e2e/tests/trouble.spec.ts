import { expect, test } from '../src/fixtures.ts';
import { storedTexts } from '../src/storage.ts';

test('The server is down: a countdown shows, and what was typed is sent when it is back', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  await here.device.setNetwork('down');
  await expect(here.banner).toContainText(/Next try in \d+ second/);
  await here.conversation.send('Typed while it is down');
  await here.conversation.type('A draft beside it');
  await here.conversation.hasTick('Typed while it is down', 'queued');
  expect(here.device.failures()).toContain('net::ERR_CONNECTION_REFUSED');
  await here.device.setNetwork('open');
  await here.retryNow();
  await here.conversation.hasTick('Typed while it is down', 'sent');
  await expect(here.conversation.composer).toHaveValue('A draft beside it');
});

test('The session has ended: the login page says so, and drafts and unsent messages are there after the login', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  await here.conversation.type('A draft before the end');
  await here.device.setNetwork('down');
  await here.conversation.composer.fill('');
  await here.conversation.send('Unsent before the end');
  await here.conversation.type('A draft before the end');
  await ana.api.logOutEverywhere();
  await here.device.setNetwork('open');
  await here.page.reload();
  await expect(here.loginPage).toBeVisible();
  await expect(here.page.getByText(/session has ended/i)).toBeVisible();

  await here.logIn();
  await here.openChat(chat);
  await here.conversation.hasTick('Unsent before the end', 'sent');
  await expect(here.conversation.composer).toHaveValue('A draft before the end');
  expect(await bruno.api.contents(chat)).toEqual(['Unsent before the end']);
});

test('The stack is restarted with empty tables: a sentence says so, login works, no text is lost', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const device = await ana.device();
  await device.context.clock.install();
  const here = await device.tab();
  await here.logIn();
  await here.openChat(chat);
  await device.setNetwork('down');
  await here.conversation.send('Unsent before the restart');
  await here.conversation.type('A draft before the restart');
  await expect(here.banner).toBeVisible();
  const [newId] = await device.restartStack([ana, bruno]);
  expect(newId).not.toBe(ana.user.userId);
  // The client trusts a token for a minute. The browser hides the gateway's rejection, which has no CORS headers.
  await device.context.clock.fastForward('01:00');
  await expect(here.loginPage).toBeVisible();
  await expect(here.page.getByText(/session has ended/i)).toContainText(
    'This device keeps your unsent messages and drafts',
  );

  await here.logIn();
  await expect(here.entry(chat)).toHaveCount(0);
  await here.startChat(bruno.user.email);
  await here.conversation.send('After the restart');
  await here.conversation.hasTick('After the restart', 'sent');
  // They belong to the user of the old tables, who has another id.
  const stored = await storedTexts(here.page, ana.user.userId);
  expect(stored).toEqual({ outbox: ['Unsent before the restart'], drafts: ['A draft before the restart'] });
});

test('IndexedDB is missing: a sentence says so, and chatting works', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const device = await ana.device();
  await device.context.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
  const here = await device.tab();
  await here.logIn();
  await expect(here.storageNotice).toBeVisible();
  await here.openChat(chat);
  await here.conversation.send('Without a database');
  await here.conversation.hasTick('Without a database', 'sent');
});

test('IndexedDB is deleted in use: a sentence says so, and nothing on the screen is lost', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  await here.conversation.type('A draft in memory');
  const session = await here.device.context.newCDPSession(here.page);
  const { url: origin } = here.device.seat;
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await expect(here.storageNotice).toBeVisible();
  await expect(here.conversation.composer).toHaveValue('A draft in memory');
  await here.conversation.composer.press('Enter');
  await here.conversation.hasTick('A draft in memory', 'sent');
});

test('An old tab blocks IndexedDB: a sentence says so, and chatting works', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const first = await ana.opens(chat);
  const { device } = first;
  await device.context.route('**/old-tab', (route) => route.fulfill({ contentType: 'text/html', body: 'An old tab' }));
  const old = await device.context.newPage();
  await old.goto('/old-tab');
  // It holds its connection, and waits for the others to delete the database.
  await old.evaluate(async () => {
    const databases = await indexedDB.databases();
    for (const { name = '' } of databases) {
      await new Promise((resolve) => (indexedDB.open(name).onsuccess = resolve));
      indexedDB.deleteDatabase(name);
    }
  });
  await first.page.close();
  const here = await device.tab();
  await here.logIn();
  await expect(here.storageNotice).toContainText('Another tab');
  await here.openChat(chat);
  await here.conversation.send('Beside an old tab');
  await here.conversation.hasTick('Beside an old tab', 'sent');
});

test('The storage is full: a sentence says so, and what was typed is sent', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  const session = await here.device.context.newCDPSession(here.page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: here.device.seat.url, quotaSize: 1 });
  await here.conversation.send('On a full disk');
  await expect(here.storageNotice).toBeVisible();
  await here.conversation.hasTick('On a full disk', 'sent');
  expect(await bruno.api.contents(chat)).toEqual(['On a full disk']);
});

test('The clock is a day ahead: a sentence says so, and messages keep their order', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'By the right clock');
  const device = await ana.device();
  await device.context.clock.install({ time: Date.now() + 86_400_000 });
  const here = await device.tab();
  await here.logIn();
  await expect(here.page.getByTestId('clock-wrong')).toContainText('clock is');
  await here.openChat(chat);
  await here.conversation.send('By the wrong clock');
  await here.conversation.hasTick('By the wrong clock', 'sent');
  await bruno.api.send(chat, 'Right again');
  await here.conversation.shows(['By the right clock', 'By the wrong clock', 'Right again']);
});

test('The certificate is of another name: pages say so, keep what was typed, and go on at the right address', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const device = await ana.device();
  await device.setAddress('untrusted');
  const here = await device.tab();
  await here.email.fill(ana.user.email);
  await here.password.fill(ana.user.password);
  await here.loginPage.click();
  await expect(here.page.getByTestId('form-problem')).toContainText('The server did not answer');
  await expect(here.email).toHaveValue(ana.user.email);
  expect(new Set(device.failures())).toEqual(new Set(['net::ERR_CERT_AUTHORITY_INVALID']));
  await device.setAddress('network');
  await here.page.reload();
  await here.logIn();

  await here.openChat(chat);
  await here.conversation.type('A draft from before');
  await device.setAddress('untrusted');
  await here.page.reload();
  await expect(here.banner).toContainText('No connection to the server');
  await expect(here.conversation.composer).toHaveValue('A draft from before');
  await here.conversation.send('To no trusted server');
  await here.conversation.type('Another draft');
  await here.conversation.hasTick('To no trusted server', 'queued');
  await device.setAddress('network');
  await here.page.reload();
  await here.conversation.hasTick('To no trusted server', 'sent');
  await expect(here.conversation.composer).toHaveValue('Another draft');
  expect(await bruno.api.contents(chat)).toEqual(['To no trusted server']);
});

test('Notifications are refused: the settings say so and how to allow them, and the title still counts', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.logsIn({ permissions: [] });
  await here.openSettings();
  await here.page.getByRole('link', { name: 'Notifications' }).click();
  await expect(here.page.getByTestId('notifications-blocked')).toContainText(/Allow .* settings/);
  await bruno.api.send(chat, 'Without a notification');
  await expect(here.page).toHaveTitle(/^\(1\)/);
});
