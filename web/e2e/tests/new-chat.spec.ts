import { expect, test } from '../src/fixtures.ts';
import type { Tab } from '../src/tab.ts';

async function find(tab: Tab, email: string): Promise<void> {
  const { page } = tab;
  const dialog = page.getByRole('dialog', { name: 'New chat' });
  if (!(await dialog.isVisible())) {
    await page.getByRole('button', { name: 'New chat or group' }).click();
    await page.getByRole('menuitem', { name: 'New chat' }).click();
  }
  await dialog.getByLabel('Email address').fill(email);
  await dialog.getByRole('button', { name: 'Start chat' }).click();
}

test('A direct chat begins with an email address, and its first message creates it', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const [here, there] = [await ana.logsIn(), await bruno.logsIn()];
  await find(here, 'no.such.user@example.com');
  await expect(here.page.getByText('No user has the address no.such.user@example.com')).toBeVisible();
  await find(here, ana.user.email);
  await expect(here.page.getByText('This is your own address')).toBeVisible();
  await find(here, bruno.user.email);
  const heading = here.page.getByRole('heading', { name: 'Bruno', exact: true });
  await expect(heading).toBeVisible();
  await expect(here.page).toHaveURL(/\/chats\/new\//);
  await here.conversation.type('The first message');

  // Name and draft are there after a reload, and no chat exists yet.
  await here.page.reload();
  await expect(heading).toBeVisible();
  await expect(here.conversation.composer).toHaveValue('The first message');
  await expect(there.list.getByRole('link')).toHaveCount(0);

  await here.conversation.composer.press('Enter');
  await here.conversation.hasTick('The first message', 'delivered');
  await expect(here.page).toHaveURL(/\/chats\/(?!new)[^/]+$/);
  await expect(here.conversation.composer).toHaveValue('');
  await there.list.getByRole('link').first().click();
  await there.conversation.shows(['The first message']);
  await there.conversation.send('The answer');
  await here.conversation.shows(['The first message', 'The answer']);

  // The same address leads to the same chat.
  const url = here.page.url();
  await here.openSettings();
  await here.page.getByRole('link', { name: 'Chats' }).click();
  await find(here, bruno.user.email);
  await here.conversation.shows(['The first message', 'The answer']);
  expect(here.page.url()).toBe(url);
});

test('A new chat is created while the user is elsewhere: its first message is sent once', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const here = await ana.logsIn();
  await find(here, bruno.user.email);
  await here.conversation.isReady();
  await here.device.setNetwork('deaf');
  await here.conversation.send('Sent and left');
  await here.openSettings();
  await here.page.goBack();
  await expect(here.conversation.composer).toHaveValue('');
  await here.conversation.type('typed after the return');
  await here.device.setNetwork('open');
  await here.conversation.hasTick('Sent and left', 'sent');
  await expect(here.conversation.composer).toHaveValue('typed after the return');
  const [chatId] = here.page.url().split('/').slice(-1);
  expect(await bruno.api.contents(chatId ?? '')).toEqual(['Sent and left']);
});

test('The server is down: the first message of a new chat stays in the field, and a sentence says so', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const here = await ana.logsIn();
  await find(here, bruno.user.email);
  await here.conversation.isReady();
  await here.device.setNetwork('down');
  await here.conversation.send('Not lost');
  await expect(here.page.getByRole('alert')).toContainText('did not answer');
  await expect(here.conversation.composer).toHaveValue('Not lost');
  await here.device.setNetwork('open');
  await here.conversation.composer.press('Enter');
  await here.conversation.hasTick('Not lost', 'sent');
});
