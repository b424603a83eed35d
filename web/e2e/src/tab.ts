/** One tab of the client: the login page, the chat list, and the conversation. */
import { expect } from '@playwright/test';
import type { CDPSession, Locator, Page } from '@playwright/test';
import { Conversation } from './conversation.ts';
import type { NewUser } from './control.ts';

export class Tab {
  readonly conversation: Conversation;
  readonly list: Locator;
  private session: Promise<CDPSession> | undefined;

  constructor(
    readonly page: Page,
    private readonly user: NewUser,
  ) {
    this.conversation = new Conversation(page);
    this.list = page.getByTestId('chat-list');
  }

  /** Logs in through the login page, and waits for the list of chats. */
  async logIn(): Promise<void> {
    await this.page.getByLabel('Email', { exact: true }).fill(this.user.email);
    await this.page.getByLabel('Password', { exact: true }).fill(this.user.password);
    await this.page.getByRole('button', { name: 'Log in', exact: true }).click();
    await expect(this.list).toBeVisible();
  }

  /** The entry of a chat in the list. */
  entry(chatId: string): Locator {
    return this.list.locator(`[data-chat-id="${chatId}"]`);
  }

  unread(chatId: string): Locator {
    return this.entry(chatId).getByTestId('unread');
  }

  async openChat(chatId: string): Promise<void> {
    await this.entry(chatId).click();
    await this.conversation.isReady();
  }

  /** Headless Chromium pretends that every page has the keyboard focus. Without this, the page in front has it. */
  async emulateFocus(enabled: boolean): Promise<void> {
    this.session ??= this.page.context().newCDPSession(this.page);
    await (await this.session).send('Emulation.setFocusEmulationEnabled', { enabled });
  }
}
