import { Component, afterNextRender, computed, inject, input, viewChild } from '@angular/core';
import { Clipboard } from '@angular/cdk/clipboard';
import { Router } from '@angular/router';
import type { Conversation, Receipts, Row } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';
import { Banner } from '../../shared/banner/banner';
import { Dialogs } from '../../shared/dialog/dialogs';
import { EmptyState } from '../../shared/empty/empty-state';
import { Toasts } from '../../shared/toast/toasts';
import { injectAnnouncer } from './announcer';
import { Composer } from './composer/composer';
import { FailedMessages } from './failed-messages';
import { ConversationHeader } from './header/conversation-header';
import { itemsOf } from './items/items';
import { MessageList } from './list/message-list';
import { MembersDialog } from './members-dialog';
import { injectNames } from './names';
import { ReceiptsDialog } from './receipts-dialog';

/** As in styles/_breakpoints.scss: elsewhere, the focus would open a keyboard on the screen. */
const WIDE = '(min-width: 56.25rem)';

/** A conversation: its header, its messages, and the composer. */
@Component({
  selector: 'app-conversation-view',
  imports: [Banner, Composer, ConversationHeader, EmptyState, MessageList],
  providers: [FailedMessages],
  templateUrl: './conversation-view.html',
  styleUrl: './conversation-view.scss',
  host: { '(keydown.escape)': 'back($event)' },
})
export class ConversationView {
  readonly conversation = input.required<Conversation>();

  readonly #paloma = inject(PALOMA);
  readonly #dialogs = inject(Dialogs);
  readonly #router = inject(Router);
  readonly #clipboard = inject(Clipboard);
  readonly #toasts = inject(Toasts);
  readonly #skew = readableSignal(this.#paloma.connection.clockSkew);
  protected readonly failed = inject(FailedMessages);
  protected readonly composer = viewChild(Composer);
  protected readonly list = viewChild(MessageList);

  protected readonly state = readableSignal(() => this.conversation().state);
  protected readonly chat = readableSignal(() => this.#paloma.chats.get(this.conversation().chatId));
  protected readonly items = computed(() => itemsOf(this.state(), this.#skew()));
  protected readonly nameOf = injectNames(() => this.state().members);
  protected readonly send = (text: string): Promise<void> => this.#send(text);

  constructor() {
    injectAnnouncer(this.state, this.nameOf);
    if (matchMedia(WIDE).matches) afterNextRender(() => this.composer()?.focus());
  }

  protected typing(): void {
    this.conversation().typing();
  }

  protected reload(): void {
    void this.conversation().reload();
  }

  protected back(event: Event): void {
    if (event.defaultPrevented || (event as KeyboardEvent).isComposing) return;
    void this.#router.navigate(['/chats']);
  }

  protected copy(row: Row): void {
    const copied = this.#clipboard.copy(row.content);
    if (copied) this.#toasts.show($localize`:@@message.copied:Copied`);
  }

  protected showReaders(row: Row): void {
    const { messageId } = row;
    if (messageId === undefined) return;
    const load = (): Promise<Receipts> => this.conversation().receipts(messageId);
    this.#dialogs.open(ReceiptsDialog, { load, nameOf: this.nameOf });
  }

  protected showMembers(): void {
    const chat = this.chat();
    if (chat !== undefined) this.#dialogs.open(MembersDialog, { chat, nameOf: this.nameOf });
  }

  protected async edit(row: Row): Promise<void> {
    const composer = this.composer();
    // A chat that is gone has no composer: then the row keeps its text.
    if (composer === undefined) this.copy(row);
    else await this.failed.edit(row, composer);
  }

  protected async discard(row: Row): Promise<void> {
    if (await this.failed.discard(row)) this.composer()?.focus();
  }

  async #send(text: string): Promise<void> {
    await this.conversation().send(text);
    void this.list()?.toEnd();
  }
}
