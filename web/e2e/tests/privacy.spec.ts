import type { Page } from '@playwright/test';
import { violations } from '../src/axe.ts';
import { expect, test } from '../src/fixtures.ts';
import { overflowing } from '../src/layout.ts';
import type { Tab } from '../src/tab.ts';

const settings = ['presence', 'receipts', 'email', 'groups'] as const;

async function openPrivacy(tab: Tab): Promise<void> {
  await tab.openSettings();
  await tab.page.getByRole('link', { name: 'Privacy' }).click();
  await expect(tab.page.getByRole('heading', { name: 'Privacy' })).toBeVisible();
}

async function choose(page: Page, setting: (typeof settings)[number], title: string): Promise<void> {
  await page.getByTestId(`privacy-${setting}`).getByLabel(title).check();
}

async function expectChosen(page: Page, titles: readonly string[]): Promise<void> {
  for (const [index, setting] of settings.entries()) {
    await expect(page.getByTestId(`privacy-${setting}`).getByLabel(titles[index] ?? '')).toBeChecked();
  }
}

test('Privacy settings show in another tab and on another device, and after a reload', async ({ people }) => {
  const [ana] = await people('Ana');
  const here = await ana.logsIn();
  await openPrivacy(here);
  const there = await here.device.tab('/settings/privacy');
  const elsewhere = await ana.logsIn();
  await openPrivacy(elsewhere);
  const everyone = ['Everyone', 'Everyone', 'Everyone', 'Everyone'];
  for (const { page } of [here, there, elsewhere]) await expectChosen(page, everyone);
  await expect(here.page.getByText('you will not see read receipts of others either')).toBeVisible();
  await choose(here.page, 'receipts', 'Nobody');
  await choose(here.page, 'groups', 'My contacts');
  const chosen = ['Everyone', 'Nobody', 'Everyone', 'My contacts'];
  for (const { page } of [here, there, elsewhere]) await expectChosen(page, chosen);
  await here.page.reload();
  await expectChosen(here.page, chosen);
  expect(await violations(here.page)).toEqual([]);
  await here.page.setViewportSize({ width: 320, height: 640 });
  expect(await overflowing(here.page)).toEqual([]);
});

test('A privacy setting that cannot be stored goes back, and one of another device shows later', async ({ people }) => {
  const [ana] = await people('Ana');
  const away = await ana.logsIn();
  const other = await ana.logsIn();
  await openPrivacy(away);
  await openPrivacy(other);
  await expectChosen(away.page, ['Everyone', 'Everyone', 'Everyone', 'Everyone']);
  await away.device.setNetwork('down');
  await expect(away.banner).toBeVisible();
  await away.page.getByTestId('privacy-presence').getByLabel('Nobody').click();
  await expectChosen(away.page, ['Everyone', 'Everyone', 'Everyone', 'Everyone']);
  await choose(other.page, 'email', 'Nobody');
  await expectChosen(other.page, ['Everyone', 'Everyone', 'Nobody', 'Everyone']);
  await away.device.setNetwork('open');
  await away.retryNow();
  await expectChosen(away.page, ['Everyone', 'Everyone', 'Nobody', 'Everyone']);
});

test('By a privacy setting, messages stay at two grey ticks, and those of the user do too', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const discreet = await bruno.logsIn();
  await openPrivacy(discreet);
  await choose(discreet.page, 'receipts', 'Nobody');
  await expectChosen(discreet.page, ['Everyone', 'Nobody', 'Everyone', 'Everyone']);
  const sender = await ana.opens(chat);
  await discreet.page.getByRole('link', { name: 'Chats' }).click();
  await discreet.openChat(chat);
  await sender.conversation.send('Have you read this?');
  await discreet.conversation.shows(['Have you read this?']);
  await sender.conversation.hasTick('Have you read this?', 'delivered');
  await discreet.conversation.send('I do not tell');
  await sender.conversation.shows(['Have you read this?', 'I do not tell']);
  await discreet.conversation.hasTick('I do not tell', 'delivered');
  await sender.page.reload();
  await sender.conversation.hasTick('Have you read this?', 'delivered');
  await discreet.page.reload();
  await discreet.conversation.hasTick('I do not tell', 'delivered');
  await expect(discreet.unread(chat)).toHaveCount(0);
});
