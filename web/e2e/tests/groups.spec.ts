import { violations } from '../src/axe.ts';
import { expect, test } from '../src/fixtures.ts';
import { GroupPage } from '../src/group-page.ts';
import type { Tab } from '../src/tab.ts';

const notices = (tab: Tab) => tab.page.getByTestId('notice');
const closed = (tab: Tab) => tab.page.getByTestId('composer-closed');

test('A member who is added joins live, sees messages from then on, and the same after a reload', async ({
  people,
}) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno]);
  await ana.api.send(group, 'Before Carla');
  const [here, there, joining] = [await ana.opens(group), await bruno.opens(group), await carla.logsIn()];
  const page = new GroupPage(here.page);
  await page.open();
  await page.add(carla.user.email);
  await expect(page.members).toHaveCount(3);
  await page.close();
  await expect(notices(here)).toHaveText(['You added Carla']);
  await expect(notices(there)).toHaveText(['Ana added Carla']);

  await joining.openChat(group);
  await expect(notices(joining)).toHaveText(['Ana added you']);
  await here.conversation.send('With Carla');
  await joining.conversation.shows(['With Carla']);
  await there.conversation.shows(['Before Carla', 'With Carla']);
  await joining.page.reload();
  await joining.conversation.shows(['With Carla']);
  await expect(notices(joining)).toHaveText(['Ana added you']);
});

test('A member who is added with the history sees the earlier messages too', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno]);
  await ana.api.send(group, 'Before Carla');
  const here = await ana.opens(group);
  const page = new GroupPage(here.page);
  await page.open();
  await page.add(carla.user.email, { history: true });
  const joining = await carla.opens(group);
  await joining.conversation.shows(['Before Carla']);
});

test('A member who is removed keeps the chat as it was, and rejoins with a second window', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  const [here, leaving] = [await ana.opens(group), await carla.opens(group)];
  await here.conversation.send('With Carla');
  await leaving.conversation.shows(['With Carla']);
  const page = new GroupPage(here.page);
  await page.open();
  await page.remove('Carla');
  await expect(page.members).toHaveCount(2);
  await expect(notices(leaving)).toHaveText(['Ana removed you']);
  await expect(closed(leaving)).toContainText('no longer a member');
  await expect(leaving.conversation.composer).toBeHidden();
  await page.close();
  await here.conversation.send('Without Carla');
  await here.conversation.hasTick('Without Carla', 'sent');
  await leaving.page.reload();
  await expect(closed(leaving)).toBeVisible();
  await leaving.conversation.shows(['With Carla']);

  await page.open();
  await page.add(carla.user.email);
  await page.close();
  await leaving.conversation.isReady();
  await here.conversation.send('Again with Carla');
  await leaving.conversation.shows(['With Carla', 'Again with Carla']);
});

test('A removal while the member is offline shows after the catch-up', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  const [here, away] = [await ana.opens(group), await carla.opens(group)];
  await away.isConnected();
  await away.device.setNetwork('down');
  const page = new GroupPage(here.page);
  await page.open();
  await page.rename('Trip to the sea');
  await page.remove('Carla');
  await expect(page.members).toHaveCount(2);
  await page.close();
  await here.conversation.send('Without Carla');
  await away.device.setNetwork('open');
  await away.retryNow();
  await expect(closed(away)).toBeVisible();
  await expect(notices(away)).toHaveText(['Ana changed the name to “Trip to the sea”', 'Ana removed you']);
  await expect(away.conversation.texts).toHaveCount(0);
});

test('Roles, the name and the permissions change live for all members', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const group = await ana.api.groupWith('Trip', [bruno]);
  const [here, there] = [await ana.opens(group), await bruno.opens(group)];
  const page = new GroupPage(here.page);
  await page.open();
  await page.permit('Only admins can write', true);
  await expect(closed(there)).toContainText('Only admins can write');
  await page.act('Bruno', 'Make admin');
  await there.conversation.isReady();
  await page.rename('Trip to the sea');
  await expect(there.page.getByRole('heading', { name: 'Trip to the sea' })).toBeVisible();
  await page.act('Bruno', 'Remove as admin');
  await expect(closed(there)).toBeVisible();
  await expect(notices(there).last()).toHaveText('You are no longer an admin');
  expect(await here.unread(group).count(), 'changes count nothing as unread').toBe(0);
});

test('The last admin leaves after a confirmation, and the next member becomes admin', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const group = await ana.api.groupWith('Trip', [bruno]);
  const [here, there] = [await ana.opens(group), await bruno.opens(group)];
  const page = new GroupPage(here.page);
  await page.open();
  await page.leave();
  await expect(notices(here)).toHaveText(['You left. Bruno is an admin now']);
  await expect(closed(here)).toContainText('no longer a member');
  await expect(notices(there)).toHaveText(['Ana left. You are an admin now']);
  await expect(here.entry(group)).toContainText('You left');
});

test('The page of a group works by keyboard and is axe clean', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  const here = await ana.opens(group);
  const { keyboard } = here.page;
  const page = new GroupPage(here.page);
  const opener = here.page.getByRole('button', { name: 'Group and members' });
  await opener.focus();
  await keyboard.press('Enter');
  await expect(page.members).toHaveCount(3);
  expect(await violations(here.page)).toEqual([]);
  await page.dialog.getByRole('button', { name: 'Actions for Bruno' }).focus();
  await keyboard.press('Enter');
  await expect(here.page.getByRole('menuitem', { name: 'Make admin' })).toBeFocused();
  // An open menu lies above the page, outside of its landmarks.
  expect(await violations(here.page, { except: ['region'] })).toEqual([]);
  await keyboard.press('Enter');
  await expect(page.members.filter({ hasText: 'Bruno' })).toContainText('Admin');
  await keyboard.press('Escape');
  await expect(opener).toBeFocused();
  await expect(notices(here)).toHaveText(['Bruno is an admin now']);
  expect(await violations(here.page)).toEqual([]);
});
