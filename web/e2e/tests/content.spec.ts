import { expect, test } from '../src/fixtures.ts';
import { control } from '../src/control.ts';
import { overflowing } from '../src/layout.ts';

test('16. Long words, Arabic, emoji and hostile texts fit, keep their direction, and stay inert', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const texts = [
    'w'.repeat(2_000),
    'مرحبا، كيف حالك اليوم؟',
    'Family: 👨‍👩‍👧‍👦!',
    '<img src=x onerror="window.hacked = true">',
    'javascript:window.hacked=true',
    '<script>window.hacked = true</script>',
    'A page (https://example.com/a_(b)), in brackets',
  ];
  await bruno.api.sendAll(chat, texts);
  const here = await ana.opens(chat, { viewport: { width: 360, height: 740 } });
  await here.conversation.toTheEnd();
  for (const text of texts.slice(1)) await expect(here.conversation.row(text)).toHaveCount(1);
  expect(await here.conversation.scrollThrough()).toEqual(texts);
  expect(await overflowing(here.page)).toEqual([]);

  const direction = (text: string): Promise<string> =>
    here.conversation
      .row(text)
      .getByTestId('message-text')
      .evaluate((element) => getComputedStyle(element).direction);
  expect(await direction('مرحبا، كيف حالك اليوم؟')).toBe('rtl');
  expect(await direction('Family: 👨‍👩‍👧‍👦!')).toBe('ltr');
  expect(await here.conversation.scroller.locator('img, script').count()).toBe(0);
  const links = here.conversation.scroller.getByRole('link');
  expect(await links.evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href))).toEqual([
    'https://example.com/a_(b)',
  ]);
  expect(await here.page.evaluate(() => 'hacked' in window)).toBe(false);
});

const HOUR = 3_600_000;

test('17. Days and times use the time zone of the reader; "Today" changes at midnight without a reload', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const senders = [ana.user.userId, bruno.user.userId];
  // Yesterday at 22:30 UTC, which is the next day in Tokyo and Kolkata.
  const midnight = Math.floor(Date.now() / (24 * HOUR)) * 24 * HOUR;
  await control.storeHistory(chat, {
    senders,
    contents: ['Half past ten'],
    count: 1,
    firstAt: midnight - 1.5 * HOUR,
    interval: 1,
  });
  await bruno.api.send(chat, 'A message of today');
  for (const [timezoneId, time] of [
    ['Etc/UTC', /^22:30$/],
    ['Asia/Tokyo', /^0?7:30$/],
    ['Asia/Kolkata', /^0?4:00$/],
  ] as const) {
    const there = await bruno.opens(chat, { timezoneId });
    await expect(there.conversation.row('Half past ten').getByRole('time')).toHaveText(time);
    await there.device.context.close();
  }

  // A zone in which it is shortly before midnight.
  const hour = new Date().getUTCHours();
  const west = hour >= 12 ? hour - 23 : hour + 1;
  const timezoneId = `Etc/GMT${west < 0 ? west : `+${west}`}`;
  const here = await ana.device({ timezoneId });
  await here.context.clock.install();
  const tab = await here.tab();
  await tab.logIn();
  await tab.openChat(chat);
  await expect(tab.conversation.days.last()).toHaveText('Today');
  // The page follows the server's clock, so no answer of the server may take the hour back before the check.
  await here.setNetwork('down');
  await here.context.clock.fastForward(HOUR);
  await expect(tab.conversation.days.last()).toHaveText('Yesterday');
  await here.setNetwork('open');
  await bruno.api.send(chat, 'After the jump');
  await expect(tab.conversation.row('After the jump')).toBeVisible();
});
