import {
  Component,
  DestroyRef,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  viewChild,
} from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import { PALOMA } from '../../core/paloma';
import { sentence } from '../../core/sentence';
import { handedText } from '../../core/url';
import { Avatar } from '../../shared/avatar/avatar';
import { Banner } from '../../shared/banner/banner';
import { EmptyState } from '../../shared/empty/empty-state';
import { Icon } from '../../shared/icon/icon';
import { Composer } from './composer/composer';
import { NewChats } from './new-chats';

/** A direct chat that does not exist yet: the first message creates it. */
@Component({
  selector: 'app-new-conversation',
  imports: [Avatar, Banner, Composer, EmptyState, Icon, RouterLink],
  templateUrl: './new-conversation.html',
  styleUrls: ['./conversation-view.scss', './new-conversation.scss'],
  host: { '(keydown.escape)': 'back($event)' },
})
export class NewConversation {
  /** From the route. */
  readonly userId = input.required<string>();

  readonly #paloma = inject(PALOMA);
  readonly #newChats = inject(NewChats);
  readonly #router = inject(Router);
  protected readonly composer = viewChild.required(Composer);
  readonly #destroyed = inject(DestroyRef);
  /** The chat, once it exists: from then on, the typed text belongs to it. */
  readonly #chatId = linkedSignal<string, string | undefined>({ source: this.userId, computation: () => undefined });
  protected readonly draftKey = computed(() => this.#chatId() ?? `new:${this.userId()}`);
  /** The name that the search found. The router keeps this page from one new chat to the next. */
  protected readonly name = linkedSignal({
    source: this.userId,
    computation: () => handedText('name') ?? $localize`:@@newChat.title:New chat`,
  });
  protected readonly problem = linkedSignal<string, string | undefined>({
    source: this.userId,
    computation: () => undefined,
  });
  protected readonly send = (text: string): Promise<void> => this.#send(this.userId(), text);

  constructor() {
    afterNextRender(() => this.composer().focus());
    effect(() => void this.#follow(this.userId()));
  }

  protected back(event: Event): void {
    if (event.defaultPrevented || (event as KeyboardEvent).isComposing) return;
    void this.#router.navigate(['/chats']);
  }

  async #send(userId: string, text: string): Promise<void> {
    this.problem.set(undefined);
    try {
      const chatId = await this.#newChats.create(userId);
      const conversation = this.#paloma.conversation(chatId);
      await conversation.send(text).finally(() => conversation.close());
      if (this.#shows(userId)) this.#goOn(chatId);
    } catch (error) {
      if (this.#shows(userId)) this.problem.set(sentence(error, { forbidden: blockedText() }));
      throw error;
    }
  }

  /** The user has left while the chat was being created, and returns. */
  async #follow(userId: string): Promise<void> {
    try {
      const chatId = await this.#newChats.begun(userId);
      if (chatId !== undefined && this.#shows(userId)) this.#goOn(chatId);
    } catch (error) {
      if (this.#shows(userId)) this.problem.set(sentence(error));
    }
  }

  /** Takes the next text, which the user may be typing now, along to the chat. */
  #goOn(chatId: string): void {
    if (this.#chatId() === undefined) this.composer().moveTo(chatId);
    this.#chatId.set(chatId);
    void this.#router.navigate(['/chats', chatId], { replaceUrl: true });
  }

  /** The user may have gone elsewhere while the server worked. */
  #shows(userId: string): boolean {
    return !this.#destroyed.destroyed && this.userId() === userId;
  }
}

function blockedText(): string {
  return $localize`:@@newChat.blocked:You have blocked this person. Unblock them in the settings, then try again.`;
}
