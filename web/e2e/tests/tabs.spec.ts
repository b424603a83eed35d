import { expect, test } from '../src/fixtures.ts';
import { notifications } from '../src/notifications.ts';

test('7. Two tabs show everything, notify once, and log out together', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const first = await ana.opens(chat, { permissions: ['notifications'] });
  await first.page.getByTestId('notification-offer').getByRole('button', { name: 'Turn on' }).click();
  const second = await first.device.tab();
  await second.openChat(chat);
  await first.conversation.send('From the first tab');
  await second.conversation.shows(['From the first tab']);
  await second.conversation.send('From the second tab');
  for (const tab of [first, second]) {
    await tab.conversation.shows(['From the first tab', 'From the second tab']);
    await tab.conversation.hasTick('From the second tab', 'sent');
  }

  await first.device.blur();
  await bruno.api.send(chat, 'To both tabs');
  for (const tab of [first, second]) await expect(tab.conversation.row('To both tabs')).toBeVisible();
  const shown = async (): Promise<number> =>
    (await notifications(first.page)).length + (await notifications(second.page)).length;
  await expect.poll(shown).toBe(1);
  await bruno.api.send(chat, 'To both tabs again');
  await expect.poll(shown).toBe(2);

  await first.device.focus(first);
  expect(await shown()).toBe(2);
  await first.logOut();
  for (const tab of [first, second]) await expect(tab.loginPage).toBeVisible();
  await second.page.reload();
  await expect(second.loginPage).toBeVisible();
});

test('9. Badge and title count unread messages; opening a chat sets them to 0 in all tabs and devices', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const tab = await ana.logsIn();
  const otherTab = await tab.device.tab();
  const otherDevice = await ana.logsIn();
  const all = [tab, otherTab, otherDevice];
  for (const count of [1, 2, 3]) {
    await bruno.api.send(chat, `Unread ${count}`);
    for (const each of all) {
      await expect(each.unread(chat)).toHaveText(String(count));
      await expect(each.page).toHaveTitle(new RegExp(`^\\(${count}\\) `));
    }
  }
  await tab.openChat(chat);
  for (const each of all) {
    await expect(each.unread(chat)).toHaveCount(0);
    await expect(each.page).toHaveTitle(/^(?!\()/);
  }
  await expect.poll(async () => (await ana.api.chat(chat)).unreadCount).toBe(0);
});

test('10. A window without focus, or scrolled up, sends no read receipt', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.sendAll(
    chat,
    Array.from({ length: 60 }, (_, index) => `Old message ${index + 1}`),
  );
  const here = await ana.opens(chat);
  const { frames } = here.device;
  const reads = (): number => frames.sentWith({ action: 'updateStatus', status: 'read' }).length;
  await here.conversation.toTheEnd();
  const readSeq = async (): Promise<number> => (await ana.api.chat(chat)).readSeq;
  await expect.poll(readSeq).toBe(60);

  const other = await here.device.blur();
  const before = reads();
  const unfocused = await bruno.api.send(chat, 'While another window has the focus');
  await expect(here.conversation.row('While another window has the focus')).toBeVisible();
  await expect.poll(async () => (await bruno.api.receipts(unfocused.messageId)).status).toBe('delivered');
  expect(reads()).toBe(before);
  expect(await readSeq()).toBe(60);
  await here.device.focus(here);
  await expect.poll(readSeq).toBe(61);
  await other.close();

  await here.conversation.scroll(-1_500);
  await expect(here.conversation.toEnd).toBeVisible();
  const scrolled = await bruno.api.send(chat, 'Below the visible rows');
  await expect.poll(async () => (await bruno.api.receipts(scrolled.messageId)).status).toBe('delivered');
  await expect(here.conversation.toEnd).toContainText('1');
  expect(await readSeq()).toBe(61);
  await here.conversation.toEnd.click();
  await expect.poll(readSeq).toBe(62);
});
