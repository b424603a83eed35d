import { expect, test } from '../src/fixtures.ts';
import { secret } from '../src/secrets.ts';
import { recordTicks } from '../src/ticks.ts';

test('1. Enter shows the message at once with a clock, then one tick, two, and two in colour, never backwards', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  const ticks = await recordTicks(here.page);
  await here.device.setNetwork('deaf');
  await here.conversation.send('Dinner at eight?');
  await here.conversation.hasTick('Dinner at eight?', 'queued');
  await expect(here.conversation.composer).toHaveValue('');
  await here.device.setNetwork('open');
  await here.conversation.hasTick('Dinner at eight?', 'sent');

  const there = await bruno.logsIn();
  await here.conversation.hasTick('Dinner at eight?', 'delivered');
  await there.openChat(chat);
  await here.conversation.hasTick('Dinner at eight?', 'read');
  expect(await ticks()).toEqual(['queued', 'sent', 'delivered', 'read']);
});

test('2. Ten messages sent within a second keep their order in both windows', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const [here, there] = [await ana.opens(chat), await bruno.opens(chat)];
  const texts = Array.from({ length: 10 }, (_, index) => `Quick message ${index}`);
  for (const text of texts) await here.conversation.send(text);
  await here.conversation.shows(texts);
  await there.conversation.shows(texts);
  for (const text of texts) await here.conversation.hasTick(text, 'read');
  expect(await bruno.api.contents(chat)).toEqual(texts);
  await here.conversation.shows(texts);
});

test('3. A message sent offline, before a reload, appears once and in the same place when the network returns', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  await here.conversation.send('The first message');
  await here.conversation.hasTick('The first message', 'sent');
  await here.device.setNetwork('down');
  await here.conversation.send('Written in a tunnel');
  await here.conversation.send('Also in the tunnel');
  await here.conversation.hasTick('Written in a tunnel', 'queued');

  await here.page.reload();
  await here.conversation.shows(['The first message', 'Written in a tunnel', 'Also in the tunnel']);
  await here.conversation.hasTick('Written in a tunnel', 'queued');
  await here.device.setNetwork('open');
  await here.retryNow();
  await here.conversation.hasTick('Also in the tunnel', 'sent');
  await here.conversation.hasTick('Written in a tunnel', 'sent');
  await here.conversation.shows(['The first message', 'Written in a tunnel', 'Also in the tunnel']);
  expect(await bruno.api.contents(chat)).toEqual(['The first message', 'Written in a tunnel', 'Also in the tunnel']);
});

test('4. A message appears once, though the socket is cut between the message and its acknowledgement', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  await here.isConnected();
  await here.device.setNetwork('deaf');
  await here.conversation.send('Did this arrive?');
  await expect.poll(() => bruno.api.contents(chat)).toEqual(['Did this arrive?']);
  await here.conversation.hasTick('Did this arrive?', 'queued');

  await here.device.cut();
  await here.device.setNetwork('open');
  await here.conversation.hasTick('Did this arrive?', 'sent');
  await here.conversation.send('The next message');
  await here.conversation.hasTick('The next message', 'sent');
  await here.conversation.shows(['Did this arrive?', 'The next message']);
  expect(await bruno.api.contents(chat)).toEqual(['Did this arrive?', 'The next message']);
});

test('5. A rejected message shows the reason and keeps its text; it can be tried again and discarded', async ({
  people,
}) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await ana.opens(chat);
  // One byte above the limit.
  const tooLong = secret('x'.repeat(16_385));
  await here.conversation.send(tooLong);
  const failed = here.conversation.row(tooLong);
  await expect(failed.getByTestId('tick')).toHaveAttribute('data-tick', 'failed');
  await expect(failed).toContainText('16,384 bytes');
  await here.page.reload();
  await expect(failed).toContainText('16,384 bytes');

  await failed.getByRole('button', { name: 'Try again' }).click();
  await expect(failed.getByTestId('tick')).toHaveAttribute('data-tick', 'failed');
  await expect(failed).toContainText('16,384 bytes');
  await failed.getByRole('button', { name: 'Discard' }).click();
  await expect(failed).toHaveCount(0);
  await here.conversation.send('A shorter one');
  await here.conversation.hasTick('A shorter one', 'sent');
  expect(await bruno.api.contents(chat)).toEqual(['A shorter one']);
});
