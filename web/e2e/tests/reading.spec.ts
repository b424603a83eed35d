import { control } from '../src/control.ts';
import { expect, test } from '../src/fixtures.ts';
import type { Person } from '../src/fixtures.ts';
import { longHistory } from '../src/histories.ts';
import { numbered } from '../src/texts.ts';

/** A chat with 300 messages of different heights, and one more. */
async function historyOf(ana: Person, bruno: Person): Promise<string> {
  const chat = await ana.api.chatWith(bruno);
  await control.storeHistory(chat, longHistory([ana, bruno], 300));
  await bruno.api.send(chat, 'The newest message');
  return chat;
}

test('11. Messages arrive while the user reads history: not a pixel moves, and a button counts them', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await historyOf(ana, bruno);
  const here = await ana.opens(chat);
  await expect(here.conversation.row('The newest message')).toBeVisible();
  await here.conversation.scroll(-1_200);
  await here.conversation.isStill();
  const row = await here.conversation.topRow();
  const before = await here.conversation.top(row);

  for (const text of numbered('Arrived below', 3)) {
    await bruno.api.send(chat, text);
    await expect(here.conversation.toEnd).toContainText(text.slice(-1));
    expect(await here.conversation.top(row)).toBe(before);
  }
  await here.conversation.toEnd.click();
  await expect(here.conversation.row('Arrived below 3')).toBeInViewport();
});

test('A view at the end goes on to messages that arrive before it has scrolled to the last ones', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await historyOf(ana, bruno);
  const here = await ana.opens(chat);
  await expect(here.conversation.row('The newest message')).toBeInViewport();
  await here.conversation.isStill();
  // Scroll events come late on a busy device.
  await here.page.evaluate(() => addEventListener('scroll', (event) => event.stopImmediatePropagation(), true));

  for (const text of numbered('Arrived at the end', 3)) {
    await bruno.api.send(chat, text);
    await expect(here.conversation.row(text)).toBeInViewport();
  }
});

test('12. Loading older pages keeps the rows still, tall rows included', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await historyOf(ana, bruno);
  const here = await ana.opens(chat);
  await expect(here.conversation.row('The newest message')).toBeVisible();
  // Holds back each older page until the rows were measured.
  let release: (() => void) | undefined;
  const pages: string[] = [];
  await here.page.route(/\/messages\?.*before=/, async (route) => {
    pages.push(route.request().url());
    await new Promise<void>((resolve) => (release = resolve));
    await route.fallback();
  });
  for (const page of [1, 2, 3]) {
    await expect
      .poll(async () => {
        if (pages.length < page) await here.conversation.scroll(-3_000);
        return pages.length;
      })
      .toBeGreaterThanOrEqual(page);
    await here.conversation.isStill();
    const [row, first] = [await here.conversation.topRow(), Math.min(...(await here.conversation.seqs()))];
    const before = await here.conversation.top(row);
    const loaded = here.page.waitForResponse(/\/messages\?.*before=/);
    await expect.poll(() => release).toBeDefined();
    release?.();
    release = undefined;
    await loaded;
    await expect.poll(async () => Math.min(...(await here.conversation.seqs()))).toBeLessThan(first);
    expect(Math.abs((await here.conversation.top(row)) - before), `page ${page}`).toBeLessThan(1);
  }
});

test('13. A chat opens at the "unread" separator, which stays in place while the user reads', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await control.storeHistory(chat, { ...longHistory([bruno, ana], 100), read: { [ana.user.userId]: 60 } });
  await bruno.api.send(chat, 'The newest message');
  const here = await ana.opens(chat);
  const { unreadSeparator } = here.conversation;
  await expect(unreadSeparator).toBeInViewport();
  await expect(unreadSeparator).toContainText('41');
  const neighbours = (): Promise<(number | undefined)[]> => here.conversation.neighbours(unreadSeparator);
  expect(await neighbours()).toEqual([60, 61]);

  await here.conversation.scroll(300);
  await bruno.api.send(chat, 'Arrived while reading');
  await expect.poll(async () => (await ana.api.chat(chat)).readSeq).toBeGreaterThan(60);
  await here.conversation.scroll(-300);
  await expect(unreadSeparator).toBeVisible();
  expect(await neighbours()).toEqual([60, 61]);
  await here.conversation.toTheEnd();
  await expect.poll(async () => (await ana.api.chat(chat)).readSeq).toBe(102);
});

test('A chat with a few unread messages, which all fit on the screen, shows them', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await ana.api.sendAll(chat, ['First', 'Second']);
  const there = await bruno.opens(chat);
  await expect(there.conversation.unreadSeparator).toBeVisible();
  await expect(there.conversation.row('Second')).toBeVisible();
  await expect(there.unread(chat)).toBeHidden();
});
