import { violations } from '../src/axe.ts';
import { Blocks } from '../src/blocks.ts';
import { expect, test } from '../src/fixtures.ts';
import { overflowing } from '../src/layout.ts';
import { MessageMenu } from '../src/message-menu.ts';
import { Reactions } from '../src/reactions.ts';
import { numbered } from '../src/texts.ts';

test('A reaction shows live, after a reload, and after a time without a network', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  await bruno.api.sendAll(group, ['At eight', 'Bring water']);
  const tabs = [await ana.opens(group), await bruno.opens(group), await carla.opens(group)] as const;
  for (const tab of tabs) await tab.conversation.shows(['At eight', 'Bring water']);
  const [here, there, away] = [new Reactions(tabs[0]), new Reactions(tabs[1]), new Reactions(tabs[2])];
  await tabs[2].device.setNetwork('down');
  await expect(tabs[2].banner).toBeVisible();

  await here.react('At eight', '👍');
  await here.shows('At eight', ['👍 1'], '👍 1');
  await there.shows('At eight', ['👍 1']);
  await there.toggle('At eight', '👍');
  await there.react('Bring water', '😂');
  for (const one of [here, there]) await one.shows('At eight', ['👍 2'], '👍 2');
  await here.shows('Bring water', ['😂 1']);
  await away.shows('At eight', []);

  await tabs[2].device.setNetwork('open');
  await tabs[2].retryNow();
  await away.shows('At eight', ['👍 2']);
  await away.shows('Bring water', ['😂 1']);
  for (const tab of tabs) await tab.page.reload();
  for (const one of [here, there]) await one.shows('At eight', ['👍 2'], '👍 2');
  await there.shows('Bring water', ['😂 1'], '😂 1');
  await away.shows('At eight', ['👍 2']);

  await away.choose('At eight', 'Reactions');
  await expect(away.people.getByTestId('reactor')).toHaveText([/Ana$/, /Bruno$/]);
  expect(await violations(tabs[2].page)).toEqual([]);
});

test('A member who joins sees reactions, and all members see how they change and go', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const group = await ana.api.groupWith('Trip', [bruno]);
  await ana.api.send(group, 'At eight');
  const [tab, other] = [await ana.opens(group), await bruno.opens(group)];
  const [here, there] = [new Reactions(tab), new Reactions(other)];
  await there.react('At eight', '❤️');
  await here.shows('At eight', ['❤️ 1']);
  await ana.api.addTo(group, [carla], { history: true });
  const joining = new Reactions(await carla.opens(group));
  await joining.shows('At eight', ['❤️ 1']);
  await joining.toggle('At eight', '❤️');
  for (const one of [here, there]) await expect(one.of('At eight')).toHaveText(['❤️ 2']);

  await there.react('At eight', '🙏');
  await there.shows('At eight', ['❤️ 1', '🙏 1'], '🙏 1');
  await here.shows('At eight', ['❤️ 1', '🙏 1']);
  await joining.shows('At eight', ['❤️ 1', '🙏 1'], '❤️ 1');
  await there.toggle('At eight', '🙏');
  await joining.toggle('At eight', '❤️');
  for (const one of [here, there, joining]) await one.shows('At eight', []);
  await other.page.reload();
  await other.conversation.shows(['At eight']);
  await there.shows('At eight', []);
});

test('The keyboard reacts, and removes the reaction', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'At eight');
  const tab = await ana.opens(chat);
  const { keyboard } = tab.page;
  const here = new Reactions(tab);
  await here.actions('At eight').focus();
  await keyboard.press('Enter');
  await expect(tab.page.getByRole('menuitemcheckbox', { name: '👍' })).toBeFocused();
  expect(await violations(tab.page, { except: ['region'] })).toEqual([]);
  await keyboard.press('ArrowRight');
  await keyboard.press('ArrowRight');
  await expect(tab.page.getByRole('menuitemcheckbox', { name: '😂' })).toBeFocused();
  await keyboard.press('ArrowLeft');
  await keyboard.press('Enter');
  await here.shows('At eight', ['❤️ 1'], '❤️ 1');
  await expect(here.of('At eight')).toHaveAccessibleName('❤️ 1');
  await expect(here.of('At eight')).toHaveAccessibleDescription('You');
  expect(await violations(tab.page)).toEqual([]);

  await expect(here.actions('At eight')).toBeFocused();
  await keyboard.press('Tab');
  await expect(here.of('At eight')).toBeFocused();
  await keyboard.press('Space');
  await here.shows('At eight', []);
  await expect(here.actions('At eight')).toBeFocused();
});

test('Any emoji can be chosen in the grid, or entered', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'At eight');
  const [tab, other] = [await ana.opens(chat), await bruno.opens(chat)];
  const [here, there] = [new Reactions(tab), new Reactions(other)];
  await here.choose('At eight', 'Other emoji…');
  await expect(here.picker).toBeVisible();
  expect(await violations(tab.page)).toEqual([]);
  await tab.page.keyboard.press('ArrowRight');
  await tab.page.keyboard.press('Enter');
  await here.shows('At eight', ['😄 1'], '😄 1');
  await there.shows('At eight', ['😄 1']);

  await here.choose('At eight', 'Other emoji…');
  const field = here.picker.getByLabel('Another emoji');
  await field.fill('no emoji');
  await field.press('Enter');
  await expect(here.picker.getByRole('alert')).toHaveText('Enter exactly one emoji.');
  await field.fill('🦔');
  await field.press('Enter');
  await expect(here.picker).toBeHidden();
  await here.shows('At eight', ['🦔 1'], '🦔 1');
  await there.shows('At eight', ['🦔 1']);
});

test('A button beside the last message reacts, and the view at the end stays there', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.sendAll(chat, [...numbered('Message', 20), 'At eight']);
  const tab = await ana.opens(chat);
  await tab.conversation.toTheEnd();
  const here = new Reactions(tab);
  const row = tab.conversation.row('At eight');
  await row.hover();
  await row.getByRole('button', { name: 'React', exact: true }).click();
  const menu = tab.page.getByRole('menu', { name: 'React' });
  await expect(menu.getByRole('menuitem')).toHaveText(['Other emoji…']);
  expect(await violations(tab.page, { except: ['region'] })).toEqual([]);
  await menu.getByRole('menuitemcheckbox', { name: '🙏' }).click();
  await here.shows('At eight', ['🙏 1'], '🙏 1');
  await expect(here.of('At eight')).toBeInViewport({ ratio: 1 });
  await expect(tab.conversation.toEnd).toBeHidden();
  await here.react('At eight', '🙏');
  await here.shows('At eight', []);
});

test('A failed reaction is taken back, and says why', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'At eight');
  const tab = await ana.opens(chat);
  const here = new Reactions(tab);
  await here.react('At eight', '👍');
  await here.shows('At eight', ['👍 1'], '👍 1');
  await expect.poll(async () => (await bruno.api.messages(chat))[0]?.reactions?.count).toBe(1);

  await tab.device.setNetwork('down');
  await here.react('At eight', '❤️');
  await expect(here.toasts).toContainText('Check your connection');
  await here.shows('At eight', ['👍 1'], '👍 1');
  await tab.device.setNetwork('open');
  await tab.retryNow();
  await here.react('At eight', '❤️');
  await here.shows('At eight', ['❤️ 1'], '❤️ 1');
});

test('A reaction to a message that was deleted meanwhile shows the deletion', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'At eight');
  const [tab, other] = [await ana.opens(chat), await bruno.opens(chat)];
  const here = new Reactions(tab);
  await tab.conversation.shows(['At eight']);
  await tab.device.setNetwork('deaf');
  await new MessageMenu(other).delete('At eight', 'everyone');
  await expect(new MessageMenu(other).deleted).toHaveCount(1);
  await here.react('At eight', '👍');
  await here.shows('At eight', ['👍 1'], '👍 1');
  await tab.device.setNetwork('open');
  await expect(new MessageMenu(tab).deleted).toHaveCount(1);
  await expect(here.toasts).toContainText('This message takes no reactions any more.');
  await expect(tab.page.getByTestId('reaction')).toHaveCount(0);
});

test('Former members and blocked chats show reactions, and offer none', async ({ people }) => {
  const [ana, bruno, carla] = await people('Ana', 'Bruno', 'Carla');
  const chat = await ana.api.chatWith(bruno);
  await bruno.api.send(chat, 'Only for us');
  const group = await ana.api.groupWith('Trip', [bruno, carla]);
  await carla.api.send(group, 'At eight');
  const tab = await ana.opens(chat);
  const here = new Reactions(tab);
  await here.react('Only for us', '👍');
  await here.shows('Only for us', ['👍 1'], '👍 1');
  const [message] = await bruno.api.messages(group);
  await bruno.api.react(message?.messageId ?? '', '👍');
  await tab.openChat(group);
  await here.shows('At eight', ['👍 1']);

  await carla.api.leave(group);
  await tab.entry(chat).click();
  await new Blocks(tab).block();
  await new Blocks(tab).isBlocked();
  const offersNone = async (reactions: Reactions, text: string): Promise<void> => {
    await expect(reactions.of(text)).toHaveText([/^\s*👍 1/]);
    await expect(reactions.of(text).and(reactions.page.getByRole('button'))).toHaveCount(0);
    await reactions.openMenu(text);
    await expect(reactions.page.getByRole('menuitem', { name: 'Reactions' })).toBeVisible();
    await expect(reactions.page.getByRole('menuitemcheckbox')).toHaveCount(0);
    await reactions.page.keyboard.press('Escape');
  };
  await offersNone(here, 'Only for us');
  const left = await carla.logsIn();
  await left.entry(group).click();
  await offersNone(new Reactions(left), 'At eight');
});

test('Many reactions wrap on a narrow screen', async ({ people }) => {
  const emoji = ['👍', '❤️', '😂', '😮', '😢', '🙏', '🎉', '🔥'];
  const all = await people('Ana', 'Bruno', 'Carla', 'Dora', 'Eva', 'Fred', 'Gala', 'Hugo');
  const [ana, ...others] = all;
  const group = await ana.api.groupWith('Trip', others);
  const { messageId } = await ana.api.send(group, 'At eight');
  for (const [at, person] of all.entries()) await person.api.react(messageId, emoji[at] ?? '');
  const tab = await ana.opens(group, { viewport: { width: 320, height: 640 } });
  const here = new Reactions(tab);
  await expect(here.of('At eight')).toHaveCount(emoji.length);
  expect(await overflowing(tab.page)).toEqual([]);
  expect(await violations(tab.page)).toEqual([]);
  const tops = await here.of('At eight').evaluateAll((chips) => chips.map((chip) => chip.getBoundingClientRect().top));
  expect(new Set(tops).size).toBeGreaterThan(1);
  await here.openMenu('At eight');
  expect(await overflowing(tab.page)).toEqual([]);
  await tab.page.keyboard.press('Escape');
  await here.choose('At eight', 'Other emoji…');
  await expect(here.picker).toBeVisible();
  expect(await overflowing(tab.page)).toEqual([]);
});
