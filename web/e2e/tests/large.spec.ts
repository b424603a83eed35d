import { control } from '../src/control.ts';
import { expect, test } from '../src/fixtures.ts';
import { longHistory } from '../src/histories.ts';
import { heapAfterCollection } from '../src/heap.ts';
import { overflowing } from '../src/layout.ts';

const MEGABYTE = 1_048_576;

test('20. A chat of 10,000 messages keeps few rows in the DOM, and the heap stays flat over 50 switches', async ({
  people,
}) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const long = await ana.api.chatWith(bruno);
  const other = await ana.api.chatWith(carla);
  await control.storeHistory(long, longHistory([ana, bruno], 10_000));
  await control.storeHistory(other, longHistory([ana, carla], 200));
  await bruno.api.send(long, 'The newest message');
  await carla.api.send(other, 'Another newest message');
  const here = await ana.opens(long);
  await expect(here.conversation.row('The newest message')).toBeVisible();
  // The newest message is 10,001. A list that kept all its rows would have 300 at the end.
  const counts: number[] = [];
  const scrollUp = async (): Promise<number> => {
    await here.conversation.scroll(-3_000);
    counts.push(await here.conversation.rows.count());
    return Math.min(...(await here.conversation.seqs()));
  };
  // Each page has its own deadline: six in a row take long on a busy machine.
  for (let first = 10_001; first >= 9_700; first = await scrollUp()) {
    await expect.poll(scrollUp, { intervals: [50] }).toBeLessThan(first);
  }
  expect(Math.max(...counts)).toBeLessThan(150);

  const heaps: number[] = [];
  for (let round = 0; round < 5; round++) {
    for (let change = 0; change < 5; change++) {
      await here.openChat(other);
      await expect(here.conversation.row('Another newest message')).toBeVisible();
      await here.openChat(long);
      await expect(here.conversation.rows.first()).toBeVisible();
    }
    heaps.push(await heapAfterCollection(here.page));
  }
  // The first rounds fill caches.
  const [, second = 0, , , last = 0] = heaps;
  expect(last - second, `heaps of ${heaps.join(', ')} bytes`).toBeLessThan(2 * MEGABYTE);
});

for (const [name, viewport, deviceScaleFactor] of [
  ['320 px', { width: 320, height: 640 }, 1],
  ['200 % zoom', { width: 640, height: 400 }, 2],
] as const) {
  test(`20. A chat of 10,000 messages is usable at ${name}`, async ({ people }) => {
    const [ana, bruno] = await people('Ana', 'Bruno');
    const chat = await ana.api.chatWith(bruno);
    await control.storeHistory(chat, longHistory([ana, bruno], 10_000));
    await bruno.api.send(chat, 'The newest message');
    const here = await ana.logsIn({ viewport, deviceScaleFactor });
    expect(await overflowing(here.page)).toEqual([]);
    await here.openChat(chat);
    await expect(here.conversation.row('The newest message')).toBeInViewport();
    await expect(here.conversation.composer).toBeInViewport();
    expect(await overflowing(here.page)).toEqual([]);
    await here.conversation.send('Written on a small screen');
    await here.conversation.hasTick('Written on a small screen', 'sent');
    await here.conversation.scroll(-2_000);
    await expect(here.conversation.row('The newest message')).not.toBeInViewport();
    await here.conversation.toEnd.click();
    await expect(here.conversation.row('Written on a small screen')).toBeInViewport();
  });
}
