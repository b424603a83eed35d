import { expect, test } from '../src/fixtures.ts';
import { recordAnnouncements } from '../src/announcements.ts';
import { secret } from '../src/secrets.ts';
import { numbered } from '../src/texts.ts';
import { violations } from '../src/axe.ts';

test('18. List, open, write and back work by keyboard alone and are axe clean', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chat = await ana.api.chatWith(bruno);
  await ana.api.chatWith(carla);
  await bruno.api.send(chat, 'Hello from the keyboard');
  const here = await (await ana.device()).tab();
  const { keyboard } = here.page;
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let step = 0; step < 40; step++) {
      await keyboard.press('Tab');
      if (name.test(await here.focused())) return;
    }
    throw new Error(`Tab does not reach ${String(name)}`);
  };
  await expect(here.loginPage).toBeVisible();
  expect(await violations(here.page)).toEqual([]);
  await tabTo(/Email address/);
  await keyboard.type(ana.user.email);
  await tabTo(/Password/);
  await keyboard.type(ana.user.password);
  await keyboard.press('Enter');
  await expect(here.entry(chat)).toBeVisible();
  expect(await violations(here.page)).toEqual([]);

  await tabTo(/Bruno/);
  await keyboard.press('Enter');
  await here.conversation.isReady();
  await expect(here.conversation.composer).toBeFocused();
  await keyboard.type(secret('Hello back'));
  await keyboard.press('Enter');
  await here.conversation.hasTick('Hello back', 'sent');
  expect(await violations(here.page)).toEqual([]);
  await keyboard.press('Escape');
  await expect(here.conversation.composer).toBeHidden();
  expect(await here.focused()).toMatch(/Bruno/);
});

test('18. Arrivals are announced once, and history is not', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.sendAll(chat, numbered('Old message', 80));
  const here = await (await ana.device()).tab();
  const announced = await recordAnnouncements(here.page);
  await here.logIn();
  await here.openChat(chat);
  await expect(here.conversation.row('Old message 1')).toBeVisible();
  await here.conversation.scrollThrough();
  await bruno.api.send(chat, 'A live message');
  await expect.poll(announced).toEqual([expect.stringContaining('A live message')]);
  await here.conversation.send('My own message');
  await here.conversation.hasTick('My own message', 'sent');
  await here.conversation.toTheEnd();
  expect(await announced()).toHaveLength(1);
});
