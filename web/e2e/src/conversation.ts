/** The open conversation of a tab. */
import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { secret } from './secrets.ts';

export type Tick = 'queued' | 'failed' | 'sent' | 'delivered' | 'read';

export class Conversation {
  readonly scroller: Locator;
  readonly rows: Locator;
  readonly composer: Locator;

  constructor(private readonly page: Page) {
    this.scroller = page.getByTestId('messages');
    this.rows = this.scroller.getByTestId('message');
    this.composer = page.getByTestId('composer');
  }

  async isReady(): Promise<void> {
    await expect(this.scroller).toBeVisible();
    await expect(this.composer).toBeEditable();
  }

  /** The row of a message, by its whole text. */
  row(text: string): Locator {
    return this.rows.filter({ has: this.page.getByTestId('text').getByText(text, { exact: true }) });
  }

  async type(text: string): Promise<void> {
    await this.composer.pressSequentially(secret(text));
  }

  /** Types a text at once, and presses Enter. */
  async send(text: string): Promise<void> {
    await this.composer.fill(secret(text));
    await this.composer.press('Enter');
  }

  /** The texts of the rows in the page, from top to bottom. */
  texts(): Promise<string[]> {
    return this.rows.getByTestId('text').allInnerTexts();
  }

  async shows(texts: readonly string[]): Promise<void> {
    await expect(this.rows.getByTestId('text')).toHaveText(texts as string[]);
  }

  async hasTick(text: string, tick: Tick | RegExp): Promise<void> {
    await expect(this.row(text)).toHaveAttribute('data-tick', tick);
  }
}
