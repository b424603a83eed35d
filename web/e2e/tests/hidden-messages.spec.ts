import { expect, test } from '../src/fixtures.ts';
import { MessageMenu } from '../src/message-menu.ts';
import { violations } from '../src/axe.ts';

test('A message deleted for one user goes on all devices of this user alone', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.sendAll(chat, ['First', 'Second', 'Third']);
  const [here, other, away] = [await ana.opens(chat), await ana.opens(chat), await ana.opens(chat)];
  const there = await bruno.opens(chat);
  const all = ['First', 'Second', 'Third'];
  for (const tab of [here, other, away, there]) await tab.conversation.shows(all);
  await away.device.setNetwork('down');
  const menu = new MessageMenu(here);
  await menu.choose('Second', 'Delete for me');
  expect(await violations(here.page)).toEqual([]);
  await here.page.getByRole('dialog').getByRole('button', { name: 'Delete for me' }).click();
  await menu.delete('Third', 'me');

  for (const tab of [here, other]) await tab.conversation.shows(['First']);
  await expect(here.entry(chat)).not.toContainText('Third');
  await there.conversation.shows(all);
  await away.device.setNetwork('open');
  await away.retryNow();
  await away.conversation.shows(['First']);
  for (const tab of [here, away, there]) await tab.page.reload();
  for (const tab of [here, away]) await tab.conversation.shows(['First']);
  await there.conversation.shows(all);
  await expect(here.entry(chat)).not.toContainText('Third');
});

test('A cleared chat is empty on all devices, stays in the list, and shows new messages', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.sendAll(chat, ['First', 'Second']);
  const [here, away] = [await ana.opens(chat), await ana.opens(chat)];
  const there = await bruno.opens(chat);
  for (const tab of [here, away]) await tab.conversation.shows(['First', 'Second']);
  await away.device.setNetwork('down');
  await here.page.locator('app-conversation-header').getByRole('button', { name: 'Chat menu' }).click();
  await here.page.getByRole('menuitem', { name: 'Clear chat' }).click();
  const dialog = here.page.getByRole('dialog');
  await expect(dialog).toContainText('The others keep them');
  await dialog.getByRole('button', { name: 'Clear chat' }).click();
  await here.conversation.shows([]);
  await expect(here.page.getByText('No messages yet').first()).toBeVisible();
  await expect(here.entry(chat)).not.toContainText('Second');
  await away.device.setNetwork('open');
  await away.retryNow();
  await away.conversation.shows([]);
  await there.conversation.send('Third');
  for (const tab of [here, away]) await tab.conversation.shows(['Third']);
  for (const tab of [here, away, there]) await tab.page.reload();
  for (const tab of [here, away]) await tab.conversation.shows(['Third']);
  await there.conversation.shows(['First', 'Second', 'Third']);
});
