/** The list of requests, and the bar in a chat that a stranger has begun. */
import { expect } from '@playwright/test';
import type { Locator } from '@playwright/test';
import type { Tab } from './tab.ts';

export class Requests {
  readonly entry: Locator;
  readonly bar: Locator;

  constructor(private readonly tab: Tab) {
    this.entry = tab.page.getByTestId('requests');
    this.bar = tab.page.getByTestId('request-bar');
  }

  /** Opens the list. */
  async open(): Promise<void> {
    await this.entry.click();
    await expect(this.tab.page.getByRole('heading', { name: 'Requests' })).toBeVisible();
  }

  /** Opens a chat of the list. */
  async openChat(chatId: string): Promise<void> {
    await this.open();
    await this.tab.entry(chatId).click();
    await expect(this.bar).toBeVisible();
  }

  async accept(): Promise<void> {
    await this.answer('Accept');
    await expect(this.tab.conversation.composer).toBeVisible();
  }

  async answer(name: string): Promise<void> {
    await this.bar.getByRole('button', { name, exact: true }).click();
  }

  async agree(): Promise<void> {
    await this.tab.page.getByRole('dialog').getByRole('button', { name: 'Decline', exact: true }).click();
  }
}
