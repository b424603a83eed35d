import { Component, inject, input } from '@angular/core';
import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import type { ChatSummary } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { sentence } from '../../core/sentence';
import { Icon } from '../../shared/icon/icon';
import { WallClock } from '../../shared/time/wall-clock';
import { Toasts } from '../../shared/toast/toasts';
import { MuteChoice, muteUntil } from './mute';

/** A button with the menu of a chat: mute it, or end the mute. */
@Component({
  selector: 'app-chat-menu',
  imports: [CdkMenu, CdkMenuItem, CdkMenuTrigger, Icon],
  templateUrl: './chat-menu.html',
})
export class ChatMenu {
  readonly chat = input.required<ChatSummary>();

  readonly #chats = inject(PALOMA).chats;
  readonly #clock = inject(WallClock);
  readonly #toasts = inject(Toasts);

  protected async mute(choice: MuteChoice | null): Promise<void> {
    const until = choice === null ? null : muteUntil(choice, this.#clock.now());
    try {
      await this.#chats.mute(this.chat().chatId, until);
    } catch (error) {
      this.#toasts.show(sentence(error), 'problem');
    }
  }
}
