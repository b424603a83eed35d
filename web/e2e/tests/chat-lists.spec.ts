import { violations } from '../src/axe.ts';
import { ChatLists } from '../src/chat-lists.ts';
import { expect, test } from '../src/fixtures.ts';

test('A pinned chat stays on top in both tabs, after newer messages and after a reload', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const pinned = await ana.api.chatWith(bruno);
  await bruno.api.send(pinned, 'The older one');
  const other = await ana.api.chatWith(carla);
  await carla.api.send(other, 'The newer one');
  const first = await ana.logsIn();
  const second = await first.device.tab();
  const [here, there] = [new ChatLists(first), new ChatLists(second)];
  for (const lists of [here, there]) await lists.showsInOrder([other, pinned]);
  await here.act(pinned, 'Pin');
  for (const lists of [here, there]) await lists.showsInOrder([pinned, other]);
  await carla.api.send(other, 'Newer still');
  await expect(second.unread(other)).toHaveText('2');
  await there.showsInOrder([pinned, other]);
  await second.page.reload();
  await there.showsInOrder([pinned, other]);
  await there.act(pinned, 'Unpin');
  for (const lists of [here, there]) await lists.showsInOrder([other, pinned]);
});

test('A fourth pin names the remedy', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chats: string[] = [];
  for (const name of ['One', 'Two', 'Three', 'Four']) chats.push(await ana.api.groupWith(name, [bruno]));
  const [one = '', two = '', three = '', four = ''] = chats;
  const tab = await ana.logsIn();
  const lists = new ChatLists(tab);
  for (const chat of [one, two, three]) {
    await lists.act(chat, 'Pin');
    await expect(tab.entry(chat).getByText('Pinned')).toBeAttached();
  }
  await lists.act(four, 'Pin');
  await expect(tab.page.getByText('You can pin three chats. Unpin one first.')).toBeVisible();
  await lists.act(two, 'Unpin');
  await expect(tab.entry(two).getByText('Pinned')).toHaveCount(0);
  await lists.act(four, 'Pin');
  await expect(tab.entry(four).getByText('Pinned')).toBeAttached();
});

test('An archived chat comes back with the next message, in both tabs, unless it is muted', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Before the archive');
  const other = await ana.api.chatWith(carla);
  const first = await ana.logsIn();
  const second = await first.device.tab();
  const [here, there] = [new ChatLists(first), new ChatLists(second)];
  await here.showsInOrder([other, chat]);
  await here.act(chat, 'Archive');
  for (const lists of [here, there]) await lists.showsInOrder([other]);
  await expect(first.page).toHaveTitle(/^(?!\()/);
  await here.openArchive();
  await here.showsInOrder([chat]);
  expect(await violations(first.page)).toEqual([]);
  await here.closeArchive();

  await bruno.api.send(chat, 'Back again');
  for (const lists of [here, there]) await lists.showsInOrder([chat, other]);

  await there.act(chat, 'Mute always');
  await there.act(chat, 'Archive');
  await here.showsInOrder([other]);
  await bruno.api.send(chat, 'Silent');
  await here.openArchive();
  await expect(first.unread(chat)).toHaveText('3');
  await expect(first.page).toHaveTitle(/^(?!\()/);
  await first.page.reload();
  await here.showsInOrder([other]);
  await here.openArchive();
  await here.act(chat, 'Move out of the archive');
  await there.showsInOrder([chat, other]);
});

test('A chat marked as unread shows a dot in both tabs until the user opens it or writes', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Read this later');
  await ana.api.chatWith(carla);
  const first = await ana.opens(chat);
  const second = await first.device.tab();
  const [here, there] = [new ChatLists(first), new ChatLists(second)];
  // The first tab shows the message, and reads it.
  await expect.poll(async () => (await ana.api.chat(chat)).readSeq).toBe(1);
  await expect(second.unread(chat)).toHaveCount(0);
  await there.act(chat, 'Mark as unread');
  for (const lists of [here, there]) await expect(lists.dot(chat)).toBeVisible();
  await expect(first.page).toHaveTitle(/^(?!\()/);
  await second.page.reload();
  await expect(there.dot(chat)).toBeVisible();
  await second.openChat(chat);
  for (const lists of [here, there]) await expect(lists.dot(chat)).toHaveCount(0);
  await expect.poll(async () => (await ana.api.chat(chat)).markedUnread ?? false).toBe(false);

  await there.act(chat, 'Mark as unread');
  for (const lists of [here, there]) await expect(lists.dot(chat)).toBeVisible();
  await ana.api.send(chat, 'Written on another device');
  for (const lists of [here, there]) await expect(lists.dot(chat)).toHaveCount(0);
});

test('Settings of another device show after being offline', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chats = [await ana.api.chatWith(bruno), await ana.api.chatWith(carla), await ana.api.groupWith('Us', [bruno])];
  const [pinned = '', archived = '', marked = ''] = chats;
  const here = await ana.logsIn();
  const lists = new ChatLists(here);
  await lists.showsInOrder([marked, archived, pinned]);
  await here.device.setNetwork('down');
  await expect(here.banner).toBeVisible();
  await ana.api.set(pinned, 'pin', { pinned: true });
  await ana.api.set(archived, 'archive', { archived: true });
  await ana.api.set(marked, 'unread', { markedUnread: true });
  await here.device.setNetwork('open');
  await here.retryNow();
  await lists.showsInOrder([pinned, marked]);
  await expect(lists.dot(marked)).toBeVisible();
  await lists.openArchive();
  await lists.showsInOrder([archived]);
});

test('The menu of a chat opens by the keyboard and by a right click', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const below = await ana.api.chatWith(bruno);
  const above = await ana.api.chatWith(carla);
  const tab = await ana.logsIn();
  const lists = new ChatLists(tab);
  await lists.showsInOrder([above, below]);
  await tab.entry(above).focus();
  await tab.page.keyboard.press('Shift+F10');
  const archive = tab.page.getByRole('menuitem', { name: 'Archive' });
  await expect(archive).toBeVisible();
  await tab.page.keyboard.press('Escape');
  await expect(archive).toBeHidden();
  await tab.entry(above).click({ button: 'right' });
  await archive.click();
  await lists.showsInOrder([below]);
});
