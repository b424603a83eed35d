import { Component, TemplateRef, inject, input, viewChild } from '@angular/core';
import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { PalomaError, type ChatSummary } from '@paloma/client';
import { injectAttempt } from '../../core/attempt';
import { PALOMA } from '../../core/paloma';
import { sentence } from '../../core/sentence';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Icon } from '../../shared/icon/icon';
import { WallClock } from '../../shared/time/wall-clock';
import { Toasts } from '../../shared/toast/toasts';
import { Blocking } from '../blocks/blocking';
import { Reporting } from '../reports/reporting';
import { MuteChoice, muteUntil } from './mute';

/** A button with the menu of a chat: pin, mark as unread, archive, mute, clear, report, and block the other member. */
@Component({
  selector: 'app-chat-menu',
  imports: [CdkMenu, CdkMenuItem, CdkMenuTrigger, Icon],
  templateUrl: './chat-menu.html',
})
export class ChatMenu {
  readonly chat = input.required<ChatSummary>();
  /** The menu itself, for a context menu. */
  readonly template = viewChild<TemplateRef<unknown>>('menu');

  readonly #chats = inject(PALOMA).chats;
  readonly #clock = inject(WallClock);
  readonly #dialogs = inject(Dialogs);
  readonly #toasts = inject(Toasts);
  readonly #tried = injectAttempt();
  protected readonly blocking = inject(Blocking);
  protected readonly reporting = inject(Reporting);

  protected async pin(pinned: boolean): Promise<void> {
    try {
      await this.#chats.pin(this.chat().chatId, pinned);
    } catch (error) {
      const isFull = error instanceof PalomaError && error.problem?.status === 409;
      const text = isFull ? $localize`:@@chat.pinsFull:You can pin three chats. Unpin one first.` : sentence(error);
      this.#toasts.show(text, 'problem');
    }
  }

  protected async archive(archived: boolean): Promise<void> {
    const done = archived
      ? $localize`:@@chat.archived:The chat is in the archive until its next message.`
      : $localize`:@@chat.unarchived:The chat is back in the list.`;
    const isMuted = this.chat().mutedUntil !== undefined;
    const muted = $localize`:@@chat.archivedMuted:The chat is in the archive. It stays there while it is muted.`;
    if (await this.#tried(this.#chats.archive(this.chat().chatId, archived))) {
      this.#toasts.show(archived && isMuted ? muted : done);
    }
  }

  protected async markUnread(): Promise<void> {
    await this.#tried(this.#chats.markUnread(this.chat().chatId));
  }

  protected async markRead(): Promise<void> {
    await this.#tried(this.#chats.markRead(this.chat().chatId));
  }

  protected async mute(choice: MuteChoice | null): Promise<void> {
    const until = choice === null ? null : muteUntil(choice, this.#clock.now());
    await this.#tried(this.#chats.mute(this.chat().chatId, until));
  }

  protected async clear(): Promise<void> {
    const agreed = await this.#dialogs.confirm({
      title: $localize`:@@chat.clearTitle:Clear this chat?`,
      text: clearText(),
      agree: $localize`:@@chat.clearAgree:Clear chat`,
      danger: true,
    });
    if (agreed && (await this.#tried(this.#chats.clear(this.chat().chatId)))) {
      this.#toasts.show($localize`:@@chat.cleared:The chat is empty now.`);
    }
  }
}

function clearText(): string {
  return $localize`:@@chat.clearText:You delete all its messages for you. The others keep them. This cannot be undone.`;
}
