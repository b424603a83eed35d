import { violations } from '../src/axe.ts';
import { Blocks } from '../src/blocks.ts';
import { expect, test } from '../src/fixtures.ts';
import { GroupPage } from '../src/group-page.ts';
import { overflowing } from '../src/layout.ts';

test('A block shows in both tabs and on another device, after a reload, and so does its end', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Before the block');
  const first = await ana.opens(chat);
  const second = await first.device.tab(`/chats/${chat}`);
  const third = await ana.opens(chat);
  const [here, there, elsewhere] = [new Blocks(first), new Blocks(second), new Blocks(third)];
  await there.isUnblocked();
  await here.block();
  for (const blocks of [here, there, elsewhere]) await blocks.isBlocked();
  await expect(first.entry(chat).getByText('Blocked')).toBeAttached();
  await first.page.reload();
  await here.isBlocked();
  await first.conversation.shows(['Before the block']);
  // The frame about it comes before the answer, as it may on a busy device.
  await third.page.route(/\/blocks\//, async (route) => {
    const response = await route.fetch();
    await elsewhere.isUnblocked();
    await route.fulfill({ response });
  });
  await elsewhere.unblock();
  for (const blocks of [here, there, elsewhere]) await blocks.isUnblocked();
  await expect(third.conversation.composer).toBeFocused();
  await second.page.reload();
  await there.isUnblocked();
});

test('A block that another device began or ended shows after being offline', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Hello');
  const away = await ana.opens(chat);
  const blocks = new Blocks(away);
  for (const blocked of [true, false]) {
    await away.device.setNetwork('down');
    await expect(away.banner).toBeVisible();
    await ana.api.setBlocked(bruno, blocked);
    await away.device.setNetwork('open');
    await away.retryNow();
    if (blocked) await blocks.isBlocked();
    else await blocks.isUnblocked();
  }
  await away.conversation.send('Sent after all this');
  await away.conversation.hasTick('Sent after all this', 'sent');
});

test('Messages of a block never arrive and keep one tick; those after it arrive', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chat = await ana.api.chatWith(bruno);
  const group = await ana.api.groupWith('All of us', [bruno, carla]);
  const [blocker, blocked] = [await ana.opens(chat), await bruno.opens(chat)];
  await blocked.conversation.send('Before the block');
  await blocked.conversation.hasTick('Before the block', 'read');
  await expect(blocked.conversation.status).toHaveText('online');
  const blocks = new Blocks(blocker);
  await blocks.block();
  await blocks.isBlocked();

  await blocked.conversation.send('During the block');
  await blocked.conversation.send('Are you there?');
  for (const text of ['During the block', 'Are you there?']) await blocked.conversation.hasTick(text, 'sent');
  await blocked.conversation.type('And now');
  // A message to the group comes after everything that would have passed here.
  await blocked.openChat(group);
  await blocked.conversation.send('Ana, are you here?');
  await expect(blocker.unread(group)).toHaveText('1');
  await blocker.openChat(group);
  await blocker.conversation.shows(['Ana, are you here?']);
  await blocker.conversation.send('Yes, in the group');
  await blocked.conversation.shows(['Ana, are you here?', 'Yes, in the group']);
  await carla.api.send(group, 'Me too');
  for (const tab of [blocked, blocker]) {
    await tab.conversation.shows(['Ana, are you here?', 'Yes, in the group', 'Me too']);
  }
  await blocker.entry(chat).click();
  await blocks.isBlocked();
  await blocker.conversation.shows(['Before the block']);
  await expect(blocker.unread(chat)).toHaveCount(0);

  await blocks.unblock();
  await blocks.isUnblocked();
  await blocker.conversation.shows(['Before the block']);
  await blocked.openChat(chat);
  await blocked.conversation.composer.fill('');
  await blocked.conversation.send('After the block');
  await blocker.conversation.shows(['Before the block', 'After the block']);
  await blocked.conversation.hasTick('After the block', 'read');
  const hasAllTicks = async (): Promise<void> => {
    await blocked.conversation.hasTick('Before the block', 'read');
    for (const text of ['During the block', 'Are you there?']) await blocked.conversation.hasTick(text, 'sent');
    await blocked.conversation.hasTick('After the block', 'read');
  };
  await hasAllTicks();
  for (const tab of [blocker, blocked]) await tab.page.reload();
  await blocker.conversation.shows(['Before the block', 'After the block']);
  await hasAllTicks();
  await blocker.conversation.send('Welcome back');
  await blocked.conversation.shows([
    ...['Before the block', 'During the block', 'Are you there?', 'After the block', 'Welcome back'],
  ]);
  await blocker.conversation.hasTick('Welcome back', 'read');
  await hasAllTicks();
});

test('The blocked user sees nothing change', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await ana.api.send(chat, 'Hello Bruno');
  const [blocker, blocked] = [await ana.opens(chat), await bruno.opens(chat)];
  await blocked.conversation.send('Hello Ana');
  await blocked.conversation.hasTick('Hello Ana', 'read');
  await new Blocks(blocker).block();
  await new Blocks(blocker).isBlocked();
  await blocked.page.reload();
  await blocked.conversation.shows(['Hello Bruno', 'Hello Ana']);
  await blocked.conversation.isReady();
  await blocked.conversation.send('Still there?');
  await blocked.conversation.hasTick('Still there?', 'sent');
  await expect(blocked.conversation.status).toContainText('last seen');
  await expect(new Blocks(blocked).bar).toHaveCount(0);
  expect(await ana.api.contents(chat)).toEqual(['Hello Bruno', 'Hello Ana']);
});

test('A message that waits for the network when a block begins says why it was not sent', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const tab = await ana.opens(chat);
  const blocks = new Blocks(tab);
  await tab.device.setNetwork('down');
  await expect(tab.banner).toBeVisible();
  await tab.conversation.send('Sent too late');
  await ana.api.send(chat, 'From the phone');
  await ana.api.setBlocked(bruno, true);
  await tab.device.setNetwork('open');
  await tab.retryNow();
  await tab.conversation.hasTick('Sent too late', 'failed');
  await expect(tab.page.getByText('You have blocked this person. Unblock them, then try again.')).toBeVisible();
  await blocks.unblock();
  await blocks.isUnblocked();
  await tab.page.getByRole('button', { name: 'Try again' }).click();
  await tab.conversation.hasTick('Sent too late', 'sent');
});

test('A toast undoes a block, a group offers one, and the settings list and end them', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chat = await ana.api.chatWith(bruno);
  const group = await bruno.api.groupWith('Trip', [ana, carla]);
  const tab = await ana.opens(chat);
  const blocks = new Blocks(tab);
  await blocks.openList();
  await expect(tab.page.getByText('No blocked people')).toBeVisible();
  await tab.page.goto(`/chats/${chat}`);
  await tab.conversation.isReady();
  await ana.api.send(chat, 'A first message');
  await blocks.block();
  await blocks.isBlocked();
  await tab.page.getByRole('button', { name: 'Undo' }).click();
  await blocks.isUnblocked();
  await blocks.block();
  await blocks.isBlocked();
  expect(await violations(tab.page)).toEqual([]);

  await tab.openChat(group);
  const members = new GroupPage(tab.page);
  await members.open();
  await members.act('Carla', 'Block…');
  await tab.page.getByRole('dialog').last().getByRole('button', { name: 'Block', exact: true }).click();
  await expect(tab.page.getByText('You have blocked Carla.')).toBeVisible();
  await members.close();

  await tab.page.setViewportSize({ width: 320, height: 640 });
  await tab.page.goto('/settings/blocked');
  await expect(blocks.listed).toHaveText([/Bruno/, /Carla/]);
  expect(await violations(tab.page)).toEqual([]);
  expect(await overflowing(tab.page)).toEqual([]);
  await tab.page.getByRole('button', { name: 'Unblock Bruno' }).press('Enter');
  await expect(blocks.listed).toHaveText([/Carla/]);
  await ana.api.setBlocked(carla, false);
  await expect(tab.page.getByText('No blocked people')).toBeVisible();
  await tab.page.goto(`/chats/${chat}`);
  await blocks.isUnblocked();
  await blocks.block();
  await blocks.isBlocked();
  expect(await overflowing(tab.page)).toEqual([]);
});
