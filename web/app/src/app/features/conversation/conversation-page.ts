import { Component, effect, inject, input, signal } from '@angular/core';
import type { Conversation } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { ConversationView } from './conversation-view';

/** The route of a chat. It opens the conversation, and closes it when the user leaves or goes to another chat. */
@Component({
  selector: 'app-conversation-page',
  imports: [ConversationView],
  template: `@for (conversation of open(); track conversation.chatId) {
    <app-conversation-view [conversation]="conversation" />
  }`,
  styles: ':host { display: contents; }',
})
export class ConversationPage {
  /** From the route. */
  readonly chatId = input.required<string>();

  readonly #paloma = inject(PALOMA);
  protected readonly open = signal<readonly Conversation[]>([]);

  constructor() {
    effect((cleanup) => {
      const conversation = this.#paloma.conversation(this.chatId());
      this.open.set([conversation]);
      cleanup(() => conversation.close());
    });
  }
}
