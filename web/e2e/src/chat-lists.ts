/** The list of chats with its menus, and the archive. */
import { expect } from '@playwright/test';
import type { Locator } from '@playwright/test';
import type { Tab } from './tab.ts';

export class ChatLists {
  private readonly archive: Locator;

  constructor(private readonly tab: Tab) {
    this.archive = tab.page.getByTestId('archive');
  }

  /** The chats that the list shows, from top to bottom. */
  async showsInOrder(chatIds: readonly string[]): Promise<void> {
    const shown = (): Promise<(string | null)[]> =>
      this.tab.page.getByTestId('chat-row').evaluateAll((rows) =>
        rows
          .map((row) => ({ id: row.getAttribute('data-chat'), top: row.getBoundingClientRect().top }))
          .sort((a, b) => a.top - b.top)
          .map(({ id }) => id),
      );
    await expect.poll(shown).toEqual(chatIds);
  }

  /** Chooses an action in the menu of a chat. */
  async act(chatId: string, action: string): Promise<void> {
    await this.tab.entry(chatId).click({ button: 'right' });
    await this.tab.page.getByRole('menuitem', { name: action, exact: true }).click();
  }

  /** The sign of a chat that the user has marked as unread. */
  dot(chatId: string): Locator {
    return this.tab.entry(chatId).getByTestId('marked-unread');
  }

  async openArchive(): Promise<void> {
    await this.archive.click();
    await expect(this.tab.page.getByRole('heading', { name: 'Archive' })).toBeVisible();
  }

  async closeArchive(): Promise<void> {
    await this.tab.page.getByRole('button', { name: 'Back to the chats' }).click();
    await expect(this.archive).toBeVisible();
  }
}
