import { readFile } from 'node:fs/promises';
import { expect, test } from '../src/fixtures.ts';
import { answerPermission, notifications } from '../src/notifications.ts';

test('A phone is removed after a question, and gets no more notifications', async ({ people }) => {
  const [ana] = await people('Ana');
  await ana.api.registerPhone('fcm');
  await ana.api.registerPhone('apns');
  const tab = await ana.logsIn();
  const { page } = tab;
  await tab.openSettings();
  await page.getByRole('link', { name: 'Phones' }).click();
  const android = page.getByRole('listitem').filter({ hasText: 'Android phone' });
  await expect(android).toContainText(/Registered: Today, \d/);
  const remove = { name: 'Remove', exact: true };
  await android.getByRole('button', remove).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(android).toBeVisible();
  await android.getByRole('button', remove).click();
  await page.getByRole('dialog').getByRole('button', remove).click();
  await expect(android).toHaveCount(0);
  const iphone = page.getByRole('listitem').filter({ hasText: 'iPhone' });
  await expect(iphone).toBeVisible();

  await page.reload();
  await expect(iphone).toBeVisible();
  await expect(android).toHaveCount(0);
  await iphone.getByRole('button', remove).click();
  await page.getByRole('dialog').getByRole('button', remove).click();
  await expect(page.getByText('No phones')).toBeVisible();
});

test('An export is downloaded without a new window, and holds the messages of the user', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await ana.api.send(chat, 'In the export of Ana');
  const tab = await ana.logsIn();
  const { page } = tab;
  await tab.openSettings();
  await page.getByRole('link', { name: 'Your data' }).click();
  await page.getByRole('button', { name: 'Prepare the file' }).click();
  const link = page.getByTestId('export-link');
  await expect(link).toBeVisible({ timeout: 120_000 });
  const calls = tab.device.calls('GET', /\/me\/exports\//).length;
  await page.getByRole('button', { name: 'Get a new link' }).click();
  await expect.poll(() => tab.device.calls('GET', /\/me\/exports\//).length).toBe(calls + 1);
  await expect(link).toBeVisible();
  const downloaded = page.waitForEvent('download');
  await link.click();
  const download = await downloaded;
  expect(download.suggestedFilename()).toBe('paloma.jsonl');
  expect(await readFile(await download.path(), 'utf8')).toContain('In the export of Ana');
  expect(tab.device.context.pages()).toEqual([page]);
  await expect(link).toBeVisible();
});

test('The browser refuses a new window for a link: a sentence says so, and how to continue', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Look at https://example.com/path');
  const device = await ana.device();
  await device.context.route('https://example.com/**', (route) => route.fulfill({ body: 'The page' }));
  const tab = await device.tab();
  await tab.logIn();
  await tab.openChat(chat);
  const link = tab.conversation.rows.getByRole('link', { name: 'https://example.com/path' });
  const opened = device.context.waitForEvent('page');
  await link.click();
  const other = await opened;
  await other.waitForURL('https://example.com/path');
  await expect(other.getByText('The page')).toBeVisible();
  expect(await other.evaluate(() => window.opener === null && document.referrer === '')).toBe(true);
  await other.close();

  await tab.page.evaluate(() => (window.open = () => null));
  await link.click();
  await expect(tab.page.getByText('The browser did not open a new window')).toBeVisible();
  await expect(tab.conversation.row('Look at https://example.com/path')).toBeVisible();
});

test('Notifications are refused when the user switches them on: a sentence says how to allow them', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const device = await ana.device();
  await answerPermission(device.context, 'denied');
  const tab = await device.tab();
  await tab.logIn();
  await tab.page.getByTestId('notification-offer').getByRole('button', { name: 'Turn on' }).click();
  await expect(tab.page.getByRole('status').getByText('The browser blocks notifications')).toBeVisible();
  await expect(tab.page.getByTestId('notification-offer')).toBeHidden();
  await bruno.api.send(chat, 'Without a notification');
  await expect(tab.page).toHaveTitle(/^\(1\)/);
  expect(await notifications(tab.page)).toEqual([]);
  await tab.openSettings();
  await tab.page.getByRole('link', { name: 'Notifications' }).click();
  await expect(tab.page.getByTestId('notifications-blocked')).toContainText(/Allow .* settings/);
});

test("The browser's question about notifications is closed: a sentence says so, and the switch asks again", async ({
  people,
}) => {
  const [ana] = await people('Ana');
  const device = await ana.device();
  await answerPermission(device.context, 'default');
  const tab = await device.tab();
  await tab.logIn();
  await tab.openSettings();
  await tab.page.getByRole('link', { name: 'Notifications' }).click();
  const toggle = tab.page.getByRole('switch', { name: 'Notify me of new messages' });
  await toggle.click();
  await expect(tab.page.getByText('Notifications are still off')).toBeVisible();
  await expect(toggle).not.toBeChecked();
  await tab.page.evaluate(() => (window.permissionAnswer = 'granted'));
  await toggle.click();
  await expect(toggle).toBeChecked();
});
