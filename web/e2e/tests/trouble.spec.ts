import { expect, test } from '../src/fixtures.ts';

test('The server is down: a countdown shows, and what was typed is sent when it is back', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  await here.device.setNetwork('down');
  await expect(here.banner).toContainText(/Next try in \d+ second/);
  await here.conversation.send('Typed while it is down');
  await here.conversation.type('A draft beside it');
  await here.conversation.hasTick('Typed while it is down', 'queued');
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

test('The API is at an unreachable origin: the login page says so, and keeps the address', async ({ people }) => {
  const [ana] = await people('Ana');
  const device = await ana.device();
  const here = await device.tab();
  await device.context.route(`${device.seat.networkUrl}/**`, (route) => route.abort('failed'));
  await here.email.fill(ana.user.email);
  await here.password.fill(ana.user.password);
  await here.loginPage.click();
  await expect(here.page.getByTestId('form-problem')).toContainText(/reach|connect/i);
  await expect(here.email).toHaveValue(ana.user.email);
  await device.context.unrouteAll();
  await here.logIn();
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
