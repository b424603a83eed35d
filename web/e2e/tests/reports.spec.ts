import { violations } from '../src/axe.ts';
import { control } from '../src/control.ts';
import { expect, test } from '../src/fixtures.ts';
import { GroupPage } from '../src/group-page.ts';
import { overflowing } from '../src/layout.ts';
import { MessageMenu } from '../src/message-menu.ts';
import { ReportDialog } from '../src/reports.ts';
import type { Tab } from '../src/tab.ts';

const REMOVED = 'An operator of this service removed this message';
const GROUP_REMOVED = 'An operator of this service removed this group';

test('A message, a user and a chat are reported with a reason', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const group = await ana.api.groupWith('Trip', [bruno]);
  await ana.api.send(group, 'This is a threat');
  const here = await bruno.opens(group);
  const report = new ReportDialog(here);
  await new MessageMenu(here).choose('This is a threat', 'Report…');
  await expect(report.dialog.getByRole('heading', { name: 'Report this message' })).toBeVisible();
  await expect(report.reason).toBeFocused();
  expect(await violations(here.page)).toEqual([]);
  expect(await overflowing(here.page)).toEqual([]);
  await report.send('It threatens me.');
  await report.isSent();
  // A repeated report is thanked for too.
  await new MessageMenu(here).choose('This is a threat', 'Report…');
  await report.send('It still threatens me.');
  await report.isSent();

  await report.openForChat();
  await expect(report.dialog.getByRole('heading', { name: 'Report this chat' })).toBeVisible();
  await report.send('A group of threats.');
  await report.isSent();

  const members = new GroupPage(here.page);
  await members.open();
  await members.act('Ana', 'Report…');
  await expect(report.dialog.getByRole('heading', { name: 'Report Ana' })).toBeVisible();
  await report.send('She threatens me.');
  await report.isSent();
  await members.close();
  await here.conversation.shows(['This is a threat']);
});

test('A report without a reason or without a network is not sent, and says why', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await ana.api.send(chat, 'This is a threat');
  const here = await bruno.opens(chat);
  const report = new ReportDialog(here);
  await new MessageMenu(here).choose('This is a threat', 'Report…');
  await report.submit.click();
  await expect(report.dialog.getByRole('alert')).toHaveText('Fill in this field.');
  await expect(report.reason).toBeFocused();
  await report.send('   ');
  await expect(report.dialog.getByRole('alert')).toContainText('Say what is wrong');
  await report.send('a'.repeat(1_001));
  await expect(report.dialog.getByRole('alert')).toContainText('1,000 characters');
  expect(await violations(here.page)).toEqual([]);
  await here.device.setNetwork('down');
  await report.send('It threatens me.');
  await expect(report.dialog.getByTestId('form-problem')).toContainText('Check your connection');
  await expect(report.reason).toHaveValue('It threatens me.');
  await here.device.setNetwork('open');
  await report.submit.click();
  await report.isSent();
});

test('The keyboard reports a message, and Escape does not', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await ana.api.send(chat, 'This is a threat');
  await bruno.api.send(chat, 'An own message');
  const here = await bruno.opens(chat);
  const report = new ReportDialog(here);
  const { keyboard } = here.page;
  const open = async (): Promise<void> => {
    await here.conversation.row('This is a threat').getByRole('button', { name: 'Actions for this message' }).focus();
    await keyboard.press('Enter');
    await here.page.getByRole('menuitem', { name: 'Report…' }).press('Enter');
    await expect(report.reason).toBeFocused();
  };
  await open();
  await keyboard.press('Escape');
  await expect(report.dialog).toBeHidden();
  await open();
  await keyboard.type('It threatens me.');
  await keyboard.press('Enter');
  await report.isSent();
  expect(await new MessageMenu(here).actions('An own message')).not.toContain('Report…');
});

test('A message that an operator removed shows live, after a reload, and after being offline', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  await ana.api.send(group, 'Before it');
  const { messageId } = await ana.api.send(group, 'This is a threat');
  const [here, there, away] = [await ana.opens(group), await bruno.opens(group), await carla.opens(group)];
  for (const tab of [here, there, away]) await tab.conversation.shows(['Before it', 'This is a threat']);
  await away.device.setNetwork('down');
  await control.removeMessage(messageId);

  const showsRemoval = async (tab: Tab): Promise<void> => {
    await tab.conversation.shows(['Before it']);
    await expect(new MessageMenu(tab).deleted).toHaveText([REMOVED]);
    await expect(tab.entry(group)).toContainText('Deleted message');
    await expect(tab.entry(group)).not.toContainText('threat');
  };
  await showsRemoval(here);
  await showsRemoval(there);
  await away.conversation.shows(['Before it', 'This is a threat']);
  await away.device.setNetwork('open');
  await away.retryNow();
  await showsRemoval(away);
  for (const tab of [here, there, away]) await tab.page.reload();
  for (const tab of [here, there, away]) await showsRemoval(tab);
  expect(await violations(here.page)).toEqual([]);
});

test('A group that an operator removed shows live, after a reload, and after being offline', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Threats', [bruno, carla]);
  await ana.api.send(group, 'This is a threat');
  const [here, there, away] = [await ana.opens(group), await bruno.opens(group), await carla.opens(group)];
  for (const tab of [here, there, away]) await tab.conversation.shows(['This is a threat']);
  await away.device.setNetwork('down');
  await control.removeChat(group);

  const showsRemoval = async (tab: Tab): Promise<void> => {
    await expect(tab.page.getByTestId('notice')).toHaveText([GROUP_REMOVED]);
    await tab.conversation.shows([]);
    await expect(tab.page.getByTestId('composer-closed')).toContainText('This group was removed');
    await expect(tab.page.getByRole('heading', { name: 'Group', exact: true })).toBeVisible();
    await expect(tab.entry(group)).toContainText(GROUP_REMOVED);
    await expect(tab.page.getByText(/threat/i)).toHaveCount(0);
  };
  await showsRemoval(here);
  await showsRemoval(there);
  await away.conversation.shows(['This is a threat']);
  await away.device.setNetwork('open');
  await away.retryNow();
  await showsRemoval(away);
  for (const tab of [here, there, away]) await tab.page.reload();
  for (const tab of [here, there, away]) await showsRemoval(tab);
  expect(await violations(here.page)).toEqual([]);
});
