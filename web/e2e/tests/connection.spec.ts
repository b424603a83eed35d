import { expect, test } from '../src/fixtures.ts';
import { numbered } from '../src/texts.ts';

test('6. After a cut during which 120 messages arrive, all are there, without a gap and in order', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Before the cut');
  const here = await ana.opens(chat);
  await here.conversation.shows(['Before the cut']);
  await here.device.setNetwork('down');
  await expect(here.banner).toBeVisible();
  await bruno.api.sendAll(chat, numbered('In the gap', 120));
  await here.device.setNetwork('open');
  await here.retryNow();
  await expect(here.conversation.row('In the gap 120')).toBeVisible();

  const seen = await here.conversation.scrollThrough();
  expect(seen).toEqual(['Before the cut', ...numbered('In the gap', 120)]);
});

test('8. A token expires in use: the user sees nothing, and two tabs refresh it once', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chats = [await ana.api.chatWith(bruno), await ana.api.chatWith(carla)] as const;
  for (const chat of chats) await ana.api.send(chat, 'A message to load');
  const first = await ana.logsIn();
  const second = await first.device.tab();
  await expect(second.navigation).toBeVisible();
  // The gateway answers so when a token has expired.
  const [login] = first.device.calls('POST', /\/auth\/login$/);
  const session = (await (await login?.response())?.json()) as { accessToken: string };
  await first.device.context.route(`${first.device.seat.networkUrl}/**`, async (route) => {
    const expired = route.request().headers()['authorization'] === `Bearer ${session.accessToken}`;
    const headers = { 'access-control-allow-origin': first.device.seat.url };
    await (expired ? route.fulfill({ status: 401, headers, json: { message: 'Unauthorized' } }) : route.fallback());
  });

  await Promise.all([first.entry(chats[0]).click(), second.entry(chats[1]).click()]);
  for (const tab of [first, second]) {
    await tab.conversation.shows(['A message to load']);
    await tab.conversation.send('After the token');
    await tab.conversation.hasTick('After the token', 'sent');
    await expect(tab.page.getByRole('alert')).toHaveCount(0);
  }
  expect(first.device.calls('POST', /\/auth\/refresh$/)).toHaveLength(1);
});
