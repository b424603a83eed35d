/** Reports, as a user makes them. */
import { expect } from '@playwright/test';
import type { Locator } from '@playwright/test';
import type { Tab } from './tab.ts';

export class ReportDialog {
  readonly dialog: Locator;
  readonly reason: Locator;
  readonly submit: Locator;
  readonly thanks: Locator;

  constructor(private readonly tab: Tab) {
    const { page } = tab;
    this.dialog = page.getByRole('dialog', { name: /^Report / });
    this.reason = this.dialog.getByLabel('What is wrong?');
    this.submit = this.dialog.getByRole('button', { name: 'Send the report' });
    this.thanks = page.getByText('Thank you. The operators of this service will look at your report.');
  }

  async send(reason: string): Promise<void> {
    await this.reason.fill(reason);
    await this.submit.click();
  }

  async isSent(): Promise<void> {
    await expect(this.dialog).toBeHidden();
    await expect(this.thanks).toBeVisible();
  }

  /** Opens the dialog for the open chat. */
  async openForChat(): Promise<void> {
    await this.tab.page.locator('app-conversation-header').getByRole('button', { name: 'Chat menu' }).click();
    await this.tab.page.getByRole('menuitem', { name: 'Report…' }).click();
    await expect(this.dialog).toBeVisible();
  }
}
