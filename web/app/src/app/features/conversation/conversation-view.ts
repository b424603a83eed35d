import {
  Component,
  DOCUMENT,
  Injector,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  viewChild,
} from '@angular/core';
import { Clipboard } from '@angular/cdk/clipboard';
import { Router } from '@angular/router';
import { mayChange, type Conversation, type MessageChange, type Quote, type Receipts, type Row } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';
import { Banner } from '../../shared/banner/banner';
import { Dialogs } from '../../shared/dialog/dialogs';
import { EmptyState } from '../../shared/empty/empty-state';
import { WallClock } from '../../shared/time/wall-clock';
import { Toasts } from '../../shared/toast/toasts';
import { BlockedBar } from '../blocks/blocked-bar';
import { GroupDialog, type GroupData } from '../groups/group-dialog';
import { RequestBar } from '../requests/request-bar';
import { injectAnnouncer } from './announcer';
import { Composer } from './composer/composer';
import { ComposerContextBar } from './composer/composer-context';
import { ComposerClosed, closedReason } from './composer/composer-closed';
import { FailedMessages } from './failed-messages';
import { ConversationHeader } from './header/conversation-header';
import { itemsOf } from './items/items';
import { MessageList } from './list/message-list';
import { MessageChanges } from './message-changes';
import { injectNames } from './names';
import { Reacting, type ReactionRequest } from './reactions/reacting';
import { ReceiptsDialog } from './receipts-dialog';

/** As in styles/_breakpoints.scss: elsewhere, the focus would open a keyboard on the screen. */
const WIDE = '(min-width: 56.25rem)';

/** A conversation: its header, its messages, and the composer. */
@Component({
  selector: 'app-conversation-view',
  imports: [
    Banner,
    BlockedBar,
    Composer,
    ComposerClosed,
    ComposerContextBar,
    ConversationHeader,
    EmptyState,
    MessageList,
    RequestBar,
  ],
  providers: [FailedMessages, MessageChanges, Reacting],
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
  readonly #injector = inject(Injector);
  readonly #document = inject(DOCUMENT);
  readonly #skew = readableSignal(this.#paloma.connection.clockSkew);
  readonly #clock = inject(WallClock);
  readonly #drafts = this.#paloma.drafts;
  protected readonly failed = inject(FailedMessages);
  protected readonly changes = inject(MessageChanges);
  readonly #reacting = inject(Reacting);
  protected readonly composer = viewChild(Composer);
  protected readonly list = viewChild(MessageList);

  protected readonly state = readableSignal(() => this.conversation().state);
  protected readonly chat = readableSignal(() => this.#paloma.chats.get(this.conversation().chatId));
  protected readonly request = computed(() => (this.chat()?.requestedBy === undefined ? undefined : this.chat()));
  protected readonly blocked = computed(() => (this.chat()?.blocked ? this.chat()?.other : undefined));
  protected readonly closed = computed(() => closedReason(this.chat()));
  protected readonly items = computed(() => itemsOf(this.state(), this.#skew()));
  protected readonly nameOf = injectNames(() => this.state().members);
  /** An edit has a draft of its own, so that the chat's draft stays. */
  protected readonly draftKey = computed(() => {
    const context = this.changes.context();
    return context?.kind === 'edit' ? editKey(context.row) : this.conversation().chatId;
  });
  protected readonly allows = (change: MessageChange, row: Row): boolean => {
    const chat = this.chat();
    return chat !== undefined && mayChange(change, row, chat, this.#clock.now());
  };
  protected readonly send = (text: string): Promise<void> => this.#send(text);

  constructor() {
    injectAnnouncer(this.state, this.nameOf);
    effect(() => {
      const context = this.changes.context();
      const row = context && this.state().rows.find(({ key }) => key === context.row.key);
      // The message was deleted meanwhile, or the view shows another chat.
      if (context !== undefined && row?.kind !== 'text' && !this.state().hasNewer) this.cancel();
    });
    if (matchMedia(WIDE).matches) afterNextRender(() => this.composer()?.focus());
    this.#keepFocus();
  }

  protected typing(): void {
    this.conversation().typing();
  }

  protected reload(): void {
    void this.conversation().reload();
  }

  protected back(event: Event): void {
    if (event.defaultPrevented || (event as KeyboardEvent).isComposing) return;
    if (this.changes.context() !== undefined) {
      this.cancel();
      return;
    }
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

  protected showGroup(): void {
    const { chatId } = this.conversation();
    this.#dialogs.open<unknown, GroupData>(GroupDialog, { chatId, nameOf: this.nameOf });
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

  protected async change({ change, row }: { change: MessageChange; row: Row }): Promise<void> {
    const conversation = this.conversation();
    if (change === 'delete') await this.changes.delete(conversation, row);
    else if (change === 'hide') await this.changes.hide(conversation, row);
    else if (change === 'report') this.changes.report(row);
    else if (change !== 'react') await this.#begin(change, row);
  }

  protected async react({ request, row }: { request: ReactionRequest; row: Row }): Promise<void> {
    const conversation = this.conversation();
    const now = (): Row | undefined => this.state().rows.find(({ key }) => key === row.key);
    if (request.kind === 'list') {
      await this.#reacting.list({ reactions: computed(() => now()?.reactions ?? []), nameOf: this.nameOf });
      return;
    }
    const emoji = request.kind === 'toggle' ? request.emoji : await this.#reacting.choose();
    if (emoji !== undefined) await this.#reacting.toggle(conversation, now() ?? row, emoji);
  }

  /** The last own message that the user may still edit. */
  protected editLast(): void {
    const row = this.state().rows.findLast((one) => this.allows('edit', one));
    if (row !== undefined) void this.#begin('edit', row);
  }

  protected cancel(): void {
    const context = this.changes.context();
    this.changes.end();
    if (context?.kind === 'edit') void this.#drafts.set(editKey(context.row), '');
    this.composer()?.focus();
  }

  protected async jump({ seq }: Quote): Promise<void> {
    if (seq !== undefined && !(await this.list()?.toMessage(seq))) this.changes.notFound();
  }

  /**
   * A block may end, or a request be accepted, while its bar has the focus, here or on another device: the keyboard
   * stays in the conversation.
   */
  #keepFocus(): void {
    const follow = (): void => {
      if (this.#document.activeElement === this.#document.body) this.composer()?.focus();
    };
    let hadBar = false;
    effect(() => {
      const hasBar = this.blocked() !== undefined || this.request() !== undefined;
      if (hadBar && !hasBar) afterNextRender(follow, { injector: this.#injector });
      hadBar = hasBar;
    });
  }

  async #begin(kind: 'edit' | 'reply', row: Row): Promise<void> {
    if (this.changes.context() !== undefined) this.cancel();
    if (kind === 'edit') await this.#drafts.set(editKey(row), row.content);
    this.changes.begin({ kind, row });
    this.composer()?.focus();
  }

  async #send(text: string): Promise<void> {
    const context = this.changes.context();
    if (context?.kind === 'edit') {
      await this.changes.edit(this.conversation(), context, text);
      return;
    }
    const replyTo = context?.row.messageId;
    this.changes.end();
    await this.conversation().send(text, replyTo === undefined ? {} : { replyTo });
    void this.list()?.toEnd();
  }
}

function editKey({ messageId }: Row): string {
  return `edit:${messageId ?? ''}`;
}
