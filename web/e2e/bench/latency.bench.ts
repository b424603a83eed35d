import { test } from '../src/fixtures.ts';
import { numbered } from '../src/texts.ts';
import { report } from './report.ts';
import { stampFrames, stampKeys, shownAfter } from './stamps.ts';

const SAMPLES = 40;

test('From Enter to the message on the screen', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const here = await ana.opens(await ana.api.chatWith(bruno));
  await stampKeys(here.page);
  const times: number[] = [];
  for (const text of numbered('Measured message', SAMPLES)) {
    await here.conversation.composer.fill(text);
    const shown = shownAfter(here.page, text);
    await here.conversation.composer.press('Enter');
    times.push(await shown);
  }
  report('Enter to screen', times);
});

test('From the frame of a received message to the screen', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const device = await ana.device();
  await stampFrames(device.context);
  const here = await device.tab();
  await here.logIn();
  await here.openChat(chat);
  await here.isConnected();
  const times: number[] = [];
  for (const text of numbered('Received message', SAMPLES)) {
    const shown = shownAfter(here.page, text);
    await bruno.api.send(chat, text);
    times.push(await shown);
  }
  report('Frame to screen', times);
});

test('From the login to the list of chats, and from a reload', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  await bruno.api.send(await ana.api.chatWith(bruno), 'A message in the list');
  const logins: number[] = [];
  const reloads: number[] = [];
  for (let round = 0; round < 3; round++) {
    const here = await (await ana.device()).tab();
    await here.email.fill(ana.user.email);
    await here.password.fill(ana.user.password);
    const started = performance.now();
    await here.loginPage.click();
    await here.list.getByText('A message in the list').waitFor();
    logins.push(performance.now() - started);
    for (let reload = 0; reload < 3; reload++) {
      const reloaded = performance.now();
      await here.page.reload({ waitUntil: 'commit' });
      await here.list.getByText('A message in the list').waitFor();
      reloads.push(performance.now() - reloaded);
    }
  }
  report('Login to usable', logins);
  report('Reload to usable', reloads);
});
