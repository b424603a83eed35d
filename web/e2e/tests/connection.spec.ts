import { expect, test } from '../src/fixtures.ts';
import { numbered } from '../src/texts.ts';

const MINUTE = 60_000;

test('6. After a cut of 60 s during which 120 messages arrive, all are there once, in order', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Before the cut');
  const here = await ana.opens(chat);
  await here.conversation.shows(['Before the cut']);
  await here.device.setNetwork('down');
  const now = (): Promise<number> => here.page.evaluate(() => performance.now());
  const cutAt = await now();
  await expect(here.banner).toBeVisible();
  await bruno.api.sendAll(chat, numbered('In the gap', 120));
  // Real seconds: a clock that Playwright moves would leave out the timers of the server, such as its check after 60 s.
  await expect.poll(async () => (await now()) - cutAt, { timeout: 90_000 }).toBeGreaterThan(60_000);
  await expect(here.banner).toBeVisible();
  await here.conversation.shows(['Before the cut']);
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
  const device = await ana.device();
  await device.context.clock.install();
  const first = await device.tab();
  await first.logIn();
  const second = await device.tab();
  await expect(second.navigation).toBeVisible();
  const [login] = device.calls('POST', /\/auth\/login$/);
  const session = (await (await login?.response())?.json()) as { accessToken: string };
  // The gateway rejects the token. Its answer has no CORS headers, so the page sees a failed network.
  await device.context.route(`${device.seat.networkUrl}/**`, async (route) => {
    const headers = route.request().headers();
    const isExpired = headers['authorization'] === `Bearer ${session.accessToken}`;
    await (isExpired ? route.continue({ headers: { ...headers, authorization: 'Bearer expired' } }) : route.fallback());
  });
  await device.context.clock.fastForward(2 * MINUTE);

  await Promise.all([first.entry(chats[0]).click(), second.entry(chats[1]).click()]);
  for (const tab of [first, second]) {
    await tab.conversation.shows(['A message to load']);
    await tab.conversation.send('After the token');
    await tab.conversation.hasTick('After the token', 'sent');
    await expect(tab.page.getByRole('alert')).toHaveCount(0);
  }
  expect(device.calls('POST', /\/auth\/refresh$/)).toHaveLength(1);
  expect(device.calls('GET', /\/messages/).filter((call) => call.failure() !== null)).not.toHaveLength(0);
});
