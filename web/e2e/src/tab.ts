/** One tab of the client: the login page, the chat list, and the conversation. */
import { expect } from '@playwright/test';
import type { CDPSession, Locator, Page } from '@playwright/test';
import { Conversation } from './conversation.ts';
import type { Device } from './device.ts';

export class Tab {
  readonly conversation: Conversation;
  readonly list: Locator;
  readonly navigation: Locator;
  readonly email: Locator;
  readonly password: Locator;
  /** Says why the client is not connected. */
  readonly banner: Locator;
  /** Says that local data may be lost. */
  readonly storageNotice: Locator;
  readonly loginPage: Locator;
  private session: Promise<CDPSession> | undefined;

  constructor(
    readonly page: Page,
    readonly device: Device,
  ) {
    this.conversation = new Conversation(page);
    this.list = page.getByRole('list', { name: 'Chats' });
    this.navigation = page.getByRole('navigation', { name: 'Main' });
    this.email = page.getByLabel('Email address', { exact: true });
    this.password = page.getByLabel('Password', { exact: true });
    this.loginPage = page.getByRole('button', { name: 'Log in', exact: true });
    this.storageNotice = page.getByTestId('storage-problem');
    this.banner = page.getByTestId(/^connection-/);
  }

  /** Logs in through the login page, and waits for the list of chats. */
  async logIn(): Promise<void> {
    await this.email.fill(this.device.user.email);
    await this.password.fill(this.device.user.password);
    await this.loginPage.click();
    await expect(this.navigation).toBeVisible();
  }

  /** Starts a direct chat through the dialog. */
  async startChat(email: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New chat or group' }).click();
    await this.page.getByRole('menuitem', { name: 'New chat' }).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Email address').fill(email);
    await dialog.getByRole('button', { name: 'Start chat' }).click();
    await this.conversation.isReady();
  }

  async openSettings(): Promise<void> {
    await this.page.getByRole('link', { name: 'Settings' }).click();
    await expect(this.page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  }

  async logOut(): Promise<void> {
    await this.openSettings();
    const logOut = { name: 'Log out', exact: true };
    await this.page.getByRole('button', logOut).click();
    await this.page.getByRole('dialog').getByRole('button', logOut).click();
  }

  /** The entry of a chat in the list. */
  entry(chatId: string): Locator {
    return this.page.locator(`[data-testid="chat-row"][data-chat="${chatId}"]`);
  }

  unread(chatId: string): Locator {
    return this.entry(chatId).getByTestId('unread').locator('[aria-hidden]');
  }

  async openChat(chatId: string): Promise<void> {
    await this.entry(chatId).click();
    await this.conversation.isReady();
  }

  /** The client has its socket, and got an answer on it: an open direct chat asks for the presence. */
  async isConnected(): Promise<void> {
    await expect.poll(() => this.device.frames.received.length).toBeGreaterThan(0);
    await expect(this.banner).toBeHidden();
  }

  /** Ends each wait for the next try to connect, as a user does, until the client is connected. */
  async retryNow(): Promise<void> {
    const now = this.banner.getByRole('button', { name: 'Try now' });
    // The wait may end by itself before the click.
    await expect(async () => {
      if (await now.isVisible()) await now.click({ timeout: 2_000 });
      await expect(this.banner).toBeHidden({ timeout: 2_000 });
    }).toPass({ timeout: 30_000 });
  }

  /** The name of the element with the keyboard focus. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return '';
      const label = (element as HTMLInputElement).labels?.[0]?.textContent ?? element.getAttribute('aria-label');
      return label ?? element.textContent;
    });
  }

  /** Headless Chromium pretends that every page has the keyboard focus. Without this, the page in front has it. */
  async emulateFocus(enabled: boolean): Promise<void> {
    this.session ??= this.page.context().newCDPSession(this.page);
    await (await this.session).send('Emulation.setFocusEmulationEnabled', { enabled });
  }
}
