import { violations } from '../src/axe.ts';
import { Blocks } from '../src/blocks.ts';
import { expect, test } from '../src/fixtures.ts';
import { notifications } from '../src/notifications.ts';
import { ReportDialog } from '../src/reports.ts';
import { Requests } from '../src/requests.ts';

test('A request waits apart, reveals nothing, and is a chat as any other once it is accepted', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const first = await bruno.logsIn();
  const second = await first.device.tab();
  const [here, there] = [new Requests(first), new Requests(second)];
  const chat = await ana.api.ask(bruno);
  const asking = await ana.opens(chat);
  await asking.conversation.send('Hello, do we know each other?');
  for (const requests of [here, there]) await expect(requests.entry).toBeVisible();
  await expect(first.entry(chat)).toBeHidden();
  await expect(first.page).toHaveTitle(/^(?!\()/);
  await here.openChat(chat);
  await first.conversation.shows(['Hello, do we know each other?']);
  await expect(here.bar).toContainText('Ana wants to chat with you.');
  expect(await violations(first.page)).toEqual([]);
  await asking.conversation.send('Are you there?');
  await first.conversation.shows(['Hello, do we know each other?', 'Are you there?']);
  await asking.conversation.hasTick('Are you there?', 'sent');
  await expect(asking.page.getByTestId('presence')).toBeHidden();
  await first.page.reload();
  await expect(here.bar).toBeVisible();

  await here.accept();
  await expect(first.conversation.composer).toBeFocused();
  for (const tab of [first, second]) await expect(tab.entry(chat)).toBeVisible();
  for (const requests of [here, there]) await expect(requests.entry).toBeHidden();
  await asking.conversation.hasTick('Are you there?', 'read');
  await first.conversation.send('Yes');
  await asking.conversation.shows(['Hello, do we know each other?', 'Are you there?', 'Yes']);
});

test('A declined request is gone in both tabs, and comes back if it is accepted after all', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.ask(bruno);
  await ana.api.send(chat, 'Hello');
  const first = await bruno.logsIn();
  const second = await first.device.tab();
  const [here, there] = [new Requests(first), new Requests(second)];
  await expect(there.entry).toBeVisible();
  await here.openChat(chat);
  await here.answer('Decline');
  for (const requests of [here, there]) await expect(requests.entry).toBeHidden();
  await ana.api.send(chat, 'Sent after the decline');
  await first.page.getByRole('button', { name: 'Accept' }).click();
  await first.conversation.shows(['Hello']);
  await expect(second.entry(chat)).toBeVisible();
  await ana.api.send(chat, 'Sent after the acceptance');
  await first.conversation.shows(['Hello', 'Sent after the acceptance']);
});

test('A request that is declined with a block is gone, and the user is in the list of blocks', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.ask(bruno);
  await ana.api.send(chat, 'Hello');
  const tab = await bruno.logsIn();
  const requests = new Requests(tab);
  await requests.openChat(chat);
  await requests.answer('Decline and block');
  await requests.agree();
  await expect(tab.page.getByText('You have declined the request and blocked Ana.')).toBeVisible();
  await expect(tab.page.getByText('No chats yet')).toBeVisible();
  await tab.page.reload();
  await expect(tab.page.getByText('No chats yet')).toBeVisible();
  await expect(requests.entry).toBeHidden();
  const blocks = new Blocks(tab);
  await blocks.openList();
  await expect(blocks.listed).toContainText(['Ana']);
});

test('A group of a stranger waits as a request, and is left by a decline', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.askAll('Strangers', [bruno, carla]);
  await ana.api.send(group, 'Welcome');
  const [one, other] = [await bruno.logsIn(), await carla.logsIn()];
  const [accepting, declining] = [new Requests(one), new Requests(other)];
  await accepting.openChat(group);
  await expect(accepting.bar).toContainText('Ana added you to this group.');
  await accepting.accept();
  await one.conversation.send('Thank you');
  await declining.openChat(group);
  await declining.answer('Decline');
  await declining.agree();
  await expect(declining.entry).toBeHidden();
  await expect(other.entry(group)).toBeHidden();
  await expect(one.page.getByTestId('notice').getByText('Carla left')).toBeVisible();
});

test('Answers of another device show after being offline', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const [accepted, declined] = [await ana.api.ask(bruno), await carla.api.ask(bruno)];
  await ana.api.send(accepted, 'From Ana');
  await carla.api.send(declined, 'From Carla');
  const tab = await bruno.logsIn();
  const requests = new Requests(tab);
  await requests.open();
  for (const chat of [accepted, declined]) await expect(tab.entry(chat)).toBeVisible();
  await tab.device.setNetwork('down');
  await expect(tab.banner).toBeVisible();
  await bruno.api.answer(accepted, 'accept');
  await bruno.api.answer(declined, 'decline');
  await tab.device.setNetwork('open');
  await tab.retryNow();
  await expect(tab.page.getByRole('heading', { name: 'Requests' })).toBeHidden();
  await expect(tab.entry(accepted)).toBeVisible();
  await expect(tab.entry(declined)).toBeHidden();
  await expect(requests.entry).toBeHidden();
});

test('A request that is open in two tabs is missing in both after a decline in one', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.ask(bruno);
  await ana.api.send(chat, 'Hello');
  const first = await bruno.logsIn();
  const second = await first.device.tab();
  const [here, there] = [new Requests(first), new Requests(second)];
  for (const requests of [here, there]) await requests.openChat(chat);
  await here.answer('Decline');
  await expect(second.page.getByText('This chat does not exist')).toBeVisible();
  await expect(second.conversation.composer).toBeHidden();
  await expect(there.bar).toBeHidden();
});

test('A request notifies once, and is reported from its bar', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chat = await carla.api.chatWith(bruno);
  const here = await bruno.opens(chat, { permissions: ['notifications'] });
  await here.page.getByTestId('notification-offer').getByRole('button', { name: 'Turn on' }).click();
  await here.device.blur();
  const titles = async () => (await notifications(here.page)).map(({ title }) => title);
  const request = await ana.api.ask(bruno);
  await ana.api.send(request, 'First');
  await expect.poll(titles).toEqual(['Ana']);
  await ana.api.send(request, 'Second');
  const requests = new Requests(here);
  await expect(requests.entry).toBeVisible();
  await carla.api.send(chat, 'Of a contact');
  await expect.poll(titles).toEqual(['Ana', 'Carla']);

  await here.device.focus(here);
  await requests.openChat(request);
  await here.conversation.shows(['First', 'Second']);
  const report = new ReportDialog(here);
  await requests.answer('Report…');
  await report.send('A stranger.');
  await report.isSent();
  await expect(requests.bar).toBeVisible();
});
