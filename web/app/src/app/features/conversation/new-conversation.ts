import { Component, afterNextRender, computed, inject, input, signal, viewChild } from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import { PALOMA } from '../../core/paloma';
import { sentence } from '../../core/sentence';
import { Avatar } from '../../shared/avatar/avatar';
import { Banner } from '../../shared/banner/banner';
import { EmptyState } from '../../shared/empty/empty-state';
import { Icon } from '../../shared/icon/icon';
import { Composer } from './composer/composer';

/** A direct chat that does not exist yet: the first message creates it. */
@Component({
  selector: 'app-new-conversation',
  imports: [Avatar, Banner, Composer, EmptyState, Icon, RouterLink],
  templateUrl: './new-conversation.html',
  styleUrls: ['./conversation-view.scss', './new-conversation.scss'],
  host: { '(keydown.escape)': 'back()' },
})
export class NewConversation {
  /** From the route. */
  readonly userId = input.required<string>();

  readonly #paloma = inject(PALOMA);
  readonly #router = inject(Router);
  protected readonly composer = viewChild.required(Composer);
  protected readonly draftKey = computed(() => `new:${this.userId()}`);
  protected readonly name = newChatName(history.state);
  protected readonly problem = signal<string | undefined>(undefined);
  protected readonly send = (text: string): Promise<void> => this.#send(text);

  constructor() {
    afterNextRender(() => this.composer().focus());
  }

  protected back(): void {
    void this.#router.navigate(['/chats']);
  }

  async #send(text: string): Promise<void> {
    this.problem.set(undefined);
    try {
      const chatId = await this.#paloma.chats.createDirect(this.userId());
      const conversation = this.#paloma.conversation(chatId);
      await conversation.send(text).finally(() => conversation.close());
      void this.#router.navigate(['/chats', chatId], { replaceUrl: true });
    } catch (error) {
      this.problem.set(sentence(error));
      throw error;
    }
  }
}

/** The name that the search found. The history keeps it over a reload. */
function newChatName(state: unknown): string {
  const name = typeof state === 'object' && state !== null && 'name' in state ? state.name : undefined;
  return typeof name === 'string' ? name : $localize`:@@newChat.title:New chat`;
}
