import { expect, test } from '../src/fixtures.ts';
import { GroupPage } from '../src/group-page.ts';
import { notifications } from '../src/notifications.ts';
import { picture, servePictures } from '../src/pictures.ts';
import type { Tab } from '../src/tab.ts';

const notices = (tab: Tab) => tab.page.getByTestId('notice');
const image = (tab: Tab) => tab.page.locator('app-conversation-header app-avatar img');

test('Each change of a group shows live, after a reload, and after a time without a network', async ({ people }) => {
  const [ana, bruno, carla, dora] = await people('Ana', 'Bruno', 'Carla', 'Dora');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  const [here, there, away] = [await ana.opens(group), await bruno.opens(group), await carla.opens(group)];
  for (const { device } of [here, there, away]) await servePictures(device.context);
  await away.device.setNetwork('down');

  const page = new GroupPage(here.page);
  await page.open();
  await page.rename('Trip to the sea');
  await page.changePicture(picture('sea'));
  await page.permit('Only admins can write', true);
  await page.permit('Only admins can add members', false);
  await page.act('Bruno', 'Make admin');
  await page.add(dora.user.email, { history: true });
  await expect(page.members).toHaveCount(4);
  await page.remove('Dora');
  await expect(page.members).toHaveCount(3);
  await page.close();
  await here.conversation.send('After all changes');

  const changes = (role: string) => [
    'Ana changed the name to “Trip to the sea”',
    'Ana changed the picture',
    'Only admins can write now',
    'All members can add members now',
    role,
    'Ana added Dora',
    'Ana removed Dora',
  ];
  const showsAll = async (tab: Tab, role: string): Promise<void> => {
    await tab.conversation.shows(['After all changes']);
    await expect(notices(tab)).toHaveText(changes(role));
    await expect(tab.page.getByRole('heading', { name: 'Trip to the sea' })).toBeVisible();
    await expect(image(tab)).toHaveAttribute('src', picture('sea'));
    const group = new GroupPage(tab.page);
    await group.open();
    await expect(group.members).toHaveCount(3);
    await expect(group.members.filter({ hasText: 'Admin' })).toHaveCount(2);
    await group.close();
  };
  await showsAll(there, 'You are an admin now');
  await there.conversation.isReady();
  await away.device.setNetwork('open');
  await away.retryNow();
  await showsAll(away, 'Bruno is an admin now');
  await expect(away.page.getByTestId('composer-closed')).toContainText('Only admins can write');
  await away.page.reload();
  await showsAll(away, 'Bruno is an admin now');
  await there.page.reload();
  await showsAll(there, 'You are an admin now');
});

test('A leaving and a rejoining show live, after a reload, and after a time without a network', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  const [here, there, away] = [await ana.opens(group), await bruno.opens(group), await carla.opens(group)];
  await away.device.setNetwork('down');
  const page = new GroupPage(there.page);
  await page.open();
  await page.leave();
  await expect(notices(here)).toHaveText(['Bruno left']);
  await here.conversation.send('Without Bruno');
  const rejoin = new GroupPage(here.page);
  await rejoin.open();
  await expect(rejoin.members).toHaveCount(2);
  await rejoin.add(bruno.user.email);
  await expect(rejoin.members).toHaveCount(3);
  await rejoin.close();
  await there.conversation.isReady();
  await there.conversation.send('Here again');
  await here.conversation.shows(['Without Bruno', 'Here again']);

  const after = async (): Promise<void> => {
    await there.conversation.shows(['Here again']);
    await expect(notices(there)).toHaveText(['You left', 'Ana added you']);
    await away.conversation.shows(['Without Bruno', 'Here again']);
    await expect(notices(away)).toHaveText(['Bruno left', 'Ana added Bruno']);
    await expect(notices(here)).toHaveText(['Bruno left', 'You added Bruno']);
  };
  await away.device.setNetwork('open');
  await away.retryNow();
  await after();
  for (const tab of [here, there, away]) await tab.page.reload();
  await after();
});

test('A user who is added to a group gets a notification, and sees the chat at once', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno]);
  const chat = await ana.api.chatWith(carla);
  const [here, joining] = [await ana.opens(group), await carla.opens(chat, { permissions: ['notifications'] })];
  await joining.page.getByTestId('notification-offer').getByRole('button', { name: 'Turn on' }).click();
  const page = new GroupPage(here.page);
  await page.open();
  await page.add(carla.user.email);
  await page.close();
  await expect(joining.entry(group)).toContainText('Ana added you');
  const shown = { title: 'Trip', body: 'Ana added you', tag: group };
  await expect.poll(() => notifications(joining.page)).toEqual([shown]);
  await here.conversation.send('Welcome');
  await expect(joining.unread(group)).toHaveText('1');
  await expect.poll(() => notifications(joining.page)).toHaveLength(2);
  await joining.openChat(group);
  await joining.conversation.shows(['Welcome']);
});

test('Members show with their pictures', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  await bruno.api.changePicture(picture('bruno'));
  const group = await ana.api.groupWith('Trip', [bruno]);
  const here = await ana.opens(group);
  await servePictures(here.device.context);
  const page = new GroupPage(here.page);
  await page.open();
  const member = page.members.filter({ hasText: 'Bruno' });
  await expect(member.locator('img')).toHaveAttribute('src', picture('bruno'));
  await expect(page.members.filter({ hasText: 'You' }).locator('img')).toHaveCount(0);
});
