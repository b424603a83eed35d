import { expect, test } from '../src/fixtures.ts';
import { MessageMenu } from '../src/message-menu.ts';
import { violations } from '../src/axe.ts';
import type { Tab } from '../src/tab.ts';

test('An edit and a deletion show live, after a reload, and after a time without a network', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  await ana.api.sendAll(group, ['At eight', 'Wrong chat', 'Bring water']);
  const [here, there, away] = [await ana.opens(group), await bruno.opens(group), await carla.opens(group)];
  for (const tab of [here, there, away]) await tab.conversation.shows(['At eight', 'Wrong chat', 'Bring water']);
  await away.device.setNetwork('down');

  const menu = new MessageMenu(here);
  await menu.edit('At eight', 'At nine');
  await menu.delete('Wrong chat', 'everyone');
  await menu.edit('Bring water', 'Bring water and bread');

  const showsAll = async (tab: Tab): Promise<void> => {
    await tab.conversation.shows(['At nine', 'Bring water and bread']);
    const shown = new MessageMenu(tab);
    await expect(shown.deleted).toHaveText(['This message was deleted']);
    await expect(shown.edited('At nine')).toHaveText('edited');
    await expect(tab.entry(group)).toContainText('Bring water and bread');
  };
  await showsAll(here);
  await showsAll(there);
  await away.conversation.shows(['At eight', 'Wrong chat', 'Bring water']);
  await away.device.setNetwork('open');
  await away.retryNow();
  await showsAll(away);
  for (const tab of [here, there, away]) await tab.page.reload();
  for (const tab of [here, there, away]) await showsAll(tab);
  expect(await ana.api.contents(group)).toEqual(['At nine', null, 'Bring water and bread']);
});

test('A member who joins sees changed messages as they are now', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno]);
  await ana.api.sendAll(group, ['Kept', 'Gone']);
  const here = await ana.opens(group);
  const menu = new MessageMenu(here);
  await menu.edit('Kept', 'Kept, and edited');
  await menu.delete('Gone', 'everyone');
  await expect(menu.deleted).toHaveCount(1);
  await ana.api.addTo(group, [carla], { history: true });
  const joining = await carla.opens(group);
  await joining.conversation.shows(['Kept, and edited']);
  await expect(new MessageMenu(joining).deleted).toHaveCount(1);
});

test('A deleted message leaves the unread count and the preview', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const there = await bruno.logsIn();
  const here = await ana.opens(chat);
  await here.conversation.send('First');
  await here.conversation.send('Second');
  await expect(there.unread(chat)).toHaveText('2');
  await new MessageMenu(here).delete('Second', 'everyone');
  await expect(there.unread(chat)).toHaveText('1');
  await expect(there.entry(chat)).toContainText('Deleted message');
  await expect(there.entry(chat)).not.toContainText('Second');
  await there.openChat(chat);
  await expect(there.unread(chat)).toBeHidden();
  await there.page.reload();
  await expect(there.unread(chat)).toBeHidden();
  await there.conversation.shows(['First']);
});

test('The keyboard edits the last own message, and Escape cancels', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await ana.api.send(chat, 'Own message');
  await bruno.api.send(chat, 'Message of Bruno');
  const here = await ana.opens(chat);
  const { composer } = here.conversation;
  const menu = new MessageMenu(here);
  await here.conversation.shows(['Own message', 'Message of Bruno']);
  await here.conversation.type('A draft');
  await composer.press('ArrowUp');
  await expect(menu.context).toBeHidden();
  await composer.fill('');
  await composer.press('ArrowUp');
  await expect(menu.context).toContainText('Edit message');
  await expect(composer).toHaveValue('Own message');
  expect(await violations(here.page)).toEqual([]);
  await composer.press('Escape');
  await expect(menu.context).toBeHidden();
  await expect(composer).toHaveValue('');
  await expect(composer).toBeFocused();

  const row = here.conversation.row('Own message');
  await row.getByRole('button', { name: 'Actions for this message' }).focus();
  await here.page.keyboard.press('Enter');
  await expect(here.page.getByRole('menuitem', { name: 'Edit', exact: true })).toBeVisible();
  expect(await violations(here.page, { except: ['region'] })).toEqual([]);
  await here.page.keyboard.press('Escape');
  await here.page.keyboard.press('Shift+F10');
  await here.page.getByRole('menuitem', { name: 'Edit', exact: true }).press('Enter');
  await here.conversation.send('Own message, edited by keyboard');
  await here.conversation.shows(['Own message, edited by keyboard', 'Message of Bruno']);
});

test('A failed edit says why, and shows the message as it is', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const { messageId } = await ana.api.send(chat, 'From the tab');
  const here = await ana.opens(chat);
  const menu = new MessageMenu(here);
  await menu.choose('From the tab', 'Edit');
  await here.device.setNetwork('down');
  await here.conversation.send('Without a network');
  await expect(menu.toasts).toContainText('Check your connection');
  await here.conversation.shows(['From the tab']);
  await expect(here.conversation.composer).toHaveValue('Without a network');
  await ana.api.edit(messageId, 'From the phone', 0);
  await here.conversation.composer.press('Enter');
  await here.device.setNetwork('open');
  await here.retryNow();
  await here.conversation.shows(['From the phone']);
});

test('Members have the actions that the server takes from them', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const group = await ana.api.groupWith('Trip', [bruno]);
  await ana.api.send(group, 'From the admin');
  await bruno.api.send(group, 'From the member');
  const [here, there] = [await ana.opens(group), await bruno.opens(group)];
  const [mine, theirs] = [new MessageMenu(here), new MessageMenu(there)];
  expect(await mine.actions('From the member')).toEqual([
    ...['Other emoji…', 'Reply', 'Copy text', 'Report…', 'Delete for me', 'Delete for everyone'],
  ]);
  expect(await theirs.actions('From the admin')).toEqual([
    ...['Other emoji…', 'Reply', 'Copy text', 'Report…', 'Delete for me'],
  ]);
  const all = ['Other emoji…', 'Reply', 'Copy text', 'Edit', 'Details', 'Delete for me', 'Delete for everyone'];
  expect(await theirs.actions('From the member')).toEqual(all);
  await mine.delete('From the member', 'everyone');
  await expect(theirs.deleted).toHaveText(['An admin deleted this message']);
});
