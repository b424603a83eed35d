/** Blocks, as a user begins and ends them. */
import { expect } from '@playwright/test';
import type { Locator } from '@playwright/test';
import type { Tab } from './tab.ts';

export class Blocks {
  /** Stands in the place of the composer. */
  readonly bar: Locator;
  /** The list in the settings. */
  readonly listed: Locator;

  constructor(private readonly tab: Tab) {
    this.bar = tab.page.getByTestId('blocked-bar');
    this.listed = tab.page.getByTestId('blocked-user');
  }

  /** Blocks the other member in the menu of the open chat. */
  async block(): Promise<void> {
    await this.tab.page.locator('app-conversation-header').getByRole('button', { name: 'Chat menu' }).click();
    await this.tab.page.getByRole('menuitem', { name: 'Block…' }).click();
    await this.tab.page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
  }

  async unblock(): Promise<void> {
    await this.bar.getByRole('button', { name: 'Unblock' }).click();
  }

  /** The open chat is with a blocked user. */
  async isBlocked(): Promise<void> {
    await expect(this.bar).toBeVisible();
    await expect(this.tab.conversation.composer).toBeHidden();
    await expect(this.tab.conversation.status).toHaveCount(0);
  }

  async isUnblocked(): Promise<void> {
    await this.tab.conversation.isReady();
    await expect(this.bar).toBeHidden();
  }

  async openList(): Promise<void> {
    await this.tab.openSettings();
    await this.tab.page.getByRole('link', { name: 'Blocked people' }).click();
    await expect(this.tab.page.getByRole('heading', { name: 'Blocked people' })).toBeVisible();
  }
}
