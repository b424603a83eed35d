import { expect, test } from '../src/fixtures.ts';
import { MessageMenu } from '../src/message-menu.ts';
import { secret } from '../src/secrets.ts';
import { numbered } from '../src/texts.ts';
import { violations } from '../src/axe.ts';
import type { Tab } from '../src/tab.ts';

test('A reply shows its quote live, after a reload, and after a time without a network', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  await ana.api.send(group, 'Which day?');
  await ana.api.send(group, 'Something else');
  const [here, there, away] = [await ana.opens(group), await bruno.opens(group), await carla.opens(group)];
  await away.conversation.shows(['Which day?', 'Something else']);
  await away.device.setNetwork('down');
  await new MessageMenu(there).reply('Which day?', 'Saturday');
  await expect(new MessageMenu(there).context).toBeHidden();

  const quotes = async (tab: Tab, text: string | RegExp): Promise<void> => {
    await expect(new MessageMenu(tab).quote('Saturday')).toContainText(text);
  };
  for (const tab of [here, there]) await quotes(tab, 'Which day?');
  expect(await violations(here.page)).toEqual([]);
  await new MessageMenu(here).edit('Which day?', 'Which day of the week?');
  for (const tab of [here, there]) await quotes(tab, 'Which day of the week?');
  await away.device.setNetwork('open');
  await away.retryNow();
  await quotes(away, 'Which day of the week?');
  await new MessageMenu(here).delete('Which day of the week?', 'everyone');
  for (const tab of [here, there, away]) await quotes(tab, 'This message is not available');
  for (const tab of [here, there, away]) await tab.page.reload();
  for (const tab of [here, there, away]) await quotes(tab, 'This message is not available');
});

test('A click on a quote goes to the message, also far above', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const { messageId } = await ana.api.send(chat, 'The answered message');
  await ana.api.sendAll(chat, numbered('Message', 119));
  await bruno.api.reply(chat, messageId, 'The answer');
  const here = await ana.opens(chat);
  await here.conversation.toTheEnd();
  const menu = new MessageMenu(here);
  await expect(menu.quote('The answer')).toContainText('The answered message');
  await menu.quote('The answer').getByRole('button').click();
  await expect(here.conversation.row('The answered message')).toBeInViewport();
  await here.conversation.toEnd.click();
  await expect(here.conversation.row('The answer')).toBeInViewport();
});

test('A member who joins later sees no quote of a message from before', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno]);
  const { messageId } = await ana.api.send(group, 'Before Carla');
  await ana.api.addTo(group, [carla], { history: false });
  const joining = await carla.opens(group);
  await bruno.api.reply(group, messageId, 'After Carla');
  await expect(new MessageMenu(joining).quote('After Carla')).toHaveText('This message is not available');
});

test('A swipe replies, and a long press opens the menu', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Swipe me');
  const here = await ana.opens(chat, { hasTouch: true, viewport: { width: 400, height: 800 } });
  const menu = new MessageMenu(here);
  const bubble = here.conversation.row('Swipe me').locator('.bubble');
  const touch = async (type: string, x: number): Promise<void> => {
    await bubble.evaluate(
      (element, { type, x }) => {
        const touch = new Touch({ identifier: 1, target: element, clientX: x, clientY: 200 });
        const touches = type === 'touchend' ? [] : [touch];
        element.dispatchEvent(new TouchEvent(type, { touches, changedTouches: [touch], bubbles: true }));
      },
      { type, x },
    );
  };
  await touch('touchstart', 50);
  for (const x of [70, 100, 130]) await touch('touchmove', x);
  await touch('touchend', 130);
  await expect(menu.context).toContainText('Reply to Bruno');
  await here.conversation.composer.fill(secret('Swiped'));
  await here.page.getByTestId('send').click();
  await expect(menu.quote('Swiped')).toContainText('Swipe me');
  await touch('touchstart', 50);
  await expect(here.page.getByRole('menuitem', { name: 'Reply' })).toBeVisible();
});
