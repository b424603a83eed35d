/** The reactions to the messages of a tab. */
import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { MessageMenu } from './message-menu.ts';
import type { Tab } from './tab.ts';

export class Reactions {
  /** The grid of emoji, with a field for any other. */
  readonly picker: Locator;
  /** The members who reacted. */
  readonly people: Locator;
  readonly toasts: Locator;
  readonly page: Page;

  constructor(private readonly tab: Tab) {
    this.page = tab.page;
    this.picker = this.page.getByRole('dialog', { name: 'Choose an emoji' });
    this.people = this.page.getByRole('dialog', { name: 'Reactions' });
    this.toasts = new MessageMenu(tab).toasts;
  }

  /** The reactions under a message: one for each emoji, as a button if the user may react. */
  of(text: string): Locator {
    return this.tab.conversation.row(text).getByTestId('reaction');
  }

  /** Waits for these reactions, such as `👍 2`, of which the user's own is `own`. */
  async shows(text: string, all: readonly string[], own?: string): Promise<void> {
    await expect(this.of(text)).toHaveText([...all]);
    const pressed = this.of(text).and(this.page.locator('[aria-pressed="true"]'));
    await expect(pressed).toHaveText(own === undefined ? [] : [own]);
  }

  /** Chooses one of the frequent emoji in the menu of the message. */
  async react(text: string, emoji: string): Promise<void> {
    await this.openMenu(text);
    await this.page.getByRole('menuitemcheckbox', { name: emoji }).click();
  }

  /** Clicks on a reaction that shows under the message. */
  async toggle(text: string, emoji: string): Promise<void> {
    await this.of(text).filter({ hasText: emoji }).click();
  }

  async openMenu(text: string): Promise<void> {
    await this.tab.conversation.row(text).getByTestId('message-text').click({ button: 'right' });
  }

  /** The button with the menu of a message, which the keyboard reaches. */
  actions(text: string): Locator {
    return this.tab.conversation.row(text).getByRole('button', { name: 'Actions for this message' });
  }

  choose(text: string, action: string): Promise<void> {
    return new MessageMenu(this.tab).choose(text, action);
  }
}
