/** The menu of a message, and what it begins. */
import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import type { Tab } from './tab.ts';

export class MessageMenu {
  /** The message that the composer edits or answers. */
  readonly context: Locator;
  /** Places of deleted messages. */
  readonly deleted: Locator;
  /** Sentences at the bottom of the screen. */
  readonly toasts: Locator;
  private readonly page: Page;

  constructor(private readonly tab: Tab) {
    this.page = tab.page;
    this.context = this.page.getByTestId('composer-context');
    this.deleted = this.page.getByTestId('deleted');
    this.toasts = this.page.locator('app-toast-list');
  }

  /** Opens the menu of a message by a right click, and chooses an action. */
  async choose(text: string, action: string): Promise<void> {
    await this.tab.conversation.row(text).getByTestId('message-text').click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: action, exact: true }).click();
  }

  async edit(text: string, next: string): Promise<void> {
    await this.choose(text, 'Edit');
    await expect(this.tab.conversation.composer).toHaveValue(text);
    await this.tab.conversation.send(next);
  }

  async delete(text: string, whom: 'everyone' | 'me'): Promise<void> {
    await this.choose(text, `Delete for ${whom}`);
    await this.page
      .getByRole('dialog')
      .getByRole('button', { name: `Delete for ${whom}` })
      .click();
  }

  async reply(text: string, answer: string): Promise<void> {
    await this.choose(text, 'Reply');
    await expect(this.context).toContainText(text);
    await this.tab.conversation.send(answer);
  }

  edited(text: string): Locator {
    return this.tab.conversation.row(text).getByTestId('edited');
  }

  quote(text: string): Locator {
    return this.tab.conversation.row(text).getByTestId('quote');
  }

  /** The names of the actions in the menu of a message. */
  async actions(text: string): Promise<string[]> {
    await this.tab.conversation.row(text).getByTestId('message-text').click({ button: 'right' });
    const names = await this.page.getByRole('menuitem').allInnerTexts();
    await this.page.keyboard.press('Escape');
    return names.map((name) => name.trim());
  }
}
