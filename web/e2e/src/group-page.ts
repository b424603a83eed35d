/** The page of a group, opened from its conversation. */
import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';

export class GroupPage {
  readonly dialog: Locator;
  readonly members: Locator;

  constructor(private readonly page: Page) {
    this.dialog = page.getByRole('dialog').filter({ has: page.getByRole('button', { name: 'Leave the group…' }) });
    this.members = this.dialog.getByTestId('member');
  }

  async open(): Promise<void> {
    await this.page.getByRole('button', { name: 'Group and members' }).click();
    await expect(this.dialog).toBeVisible();
  }

  async close(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Close' }).click();
    await expect(this.dialog).toBeHidden();
  }

  async add(email: string, options: { history?: boolean } = {}): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Add members…' }).click();
    const addition = this.page.getByRole('dialog', { name: 'Add members' });
    await addition.getByLabel('Add a member by email address').fill(email);
    if (options.history) await addition.getByRole('switch', { name: 'Show earlier messages to them' }).click();
    await addition.getByRole('button', { name: 'Add to the group' }).click();
    await expect(addition).toBeHidden();
  }

  async act(member: string, action: string): Promise<void> {
    await this.dialog.getByRole('button', { name: `Actions for ${member}` }).click();
    await this.page.getByRole('menuitem', { name: action }).click();
  }

  async remove(member: string): Promise<void> {
    await this.act(member, 'Remove from the group…');
    const question = this.page.getByRole('dialog', { name: `Remove ${member}?` });
    await question.getByRole('button', { name: 'Remove', exact: true }).click();
  }

  async leave(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Leave the group…' }).click();
    const question = this.page.getByRole('dialog', { name: 'Leave the group?' });
    await question.getByRole('button', { name: 'Leave', exact: true }).click();
    await expect(this.dialog).toBeHidden();
  }

  async rename(name: string): Promise<void> {
    await this.dialog.getByLabel('Name of the group').fill(name);
    await this.dialog.getByRole('button', { name: 'Save' }).click();
    await expect(this.dialog.getByRole('heading', { name, exact: true })).toBeVisible();
  }

  async changePicture(address: string): Promise<void> {
    await this.dialog.getByLabel('Address of the picture').fill(address);
    await this.dialog.getByRole('button', { name: 'Save' }).click();
    await expect(this.dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
  }

  async permit(name: 'Only admins can write' | 'Only admins can add members', on: boolean): Promise<void> {
    const permission = this.dialog.getByRole('switch', { name });
    await permission.click();
    await expect(permission).toBeChecked({ checked: on });
  }
}
