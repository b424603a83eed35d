import { control } from '../src/control.ts';
import { expect, test } from '../src/fixtures.ts';
import { violations } from '../src/axe.ts';
import { conversationOfFriends } from '../src/histories.ts';
import { overflowing } from '../src/layout.ts';
import { takeScreenshot } from '../src/screenshots.ts';
import type { Tab } from '../src/tab.ts';

const SIZES = { wide: { width: 1_280, height: 800 }, narrow: { width: 390, height: 844 } };

/** Takes a screenshot of a view, and checks it with axe. */
async function check(tab: Tab, name: string): Promise<void> {
  await takeScreenshot(tab.page, name);
  expect(await violations(tab.page), name).toEqual([]);
  expect(await overflowing(tab.page), name).toEqual([]);
}

for (const size of ['wide', 'narrow'] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`The main views are axe clean and fit: ${size}, ${colorScheme}`, async ({ people }) => {
      const [ana, bruno, carla, dora] = await people('Ana Ruiz', 'Bruno Díaz', 'Carla Vega', 'Dora Lund');
      const chat = await ana.api.chatWith(bruno);
      const group = await ana.api.groupWith('Mountain trip', [bruno, carla, dora]);
      await control.storeHistory(chat, conversationOfFriends([bruno, ana]));
      await bruno.api.send(chat, 'See you at the station, then! 🚂');
      await carla.api.send(group, 'Who brings the tent?');
      await dora.api.send(await dora.api.chatWith(ana), 'Thanks for the book 📚');

      const tab = await (await ana.device({ viewport: SIZES[size], colorScheme })).tab();
      await expect(tab.loginPage).toBeVisible();
      await check(tab, `login-${size}-${colorScheme}`);
      await tab.logIn();
      await expect(tab.entry(group)).toContainText('tent');
      await expect(tab.page.getByTestId('notification-offer')).toBeVisible();
      const top = (await tab.list.boundingBox())?.y;
      await tab.page.getByRole('button', { name: 'No, thanks' }).click();
      await expect(tab.page.getByTestId('notification-offer')).toBeHidden();
      expect((await tab.list.boundingBox())?.y, 'the offer moves no chat').toBe(top);
      await check(tab, `chats-${size}-${colorScheme}`);
      await tab.openChat(chat);
      await expect(tab.conversation.row('See you at the station, then! 🚂')).toBeVisible();
      await check(tab, `conversation-${size}-${colorScheme}`);
      if (size === 'narrow') await tab.page.goBack();
      await tab.openSettings();
      await check(tab, `settings-${size}-${colorScheme}`);
    });
  }
}
