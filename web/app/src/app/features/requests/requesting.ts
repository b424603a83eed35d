import { Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';
import type { ChatSummary } from '@paloma/client';
import { injectAttempt } from '../../core/attempt';
import { PALOMA } from '../../core/paloma';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Toasts } from '../../shared/toast/toasts';

/** Answers the requests of strangers. */
@Injectable({ providedIn: 'root' })
export class Requesting {
  readonly #chats = inject(PALOMA).chats;
  readonly #dialogs = inject(Dialogs);
  readonly #router = inject(Router);
  readonly #toasts = inject(Toasts);
  readonly #tried = injectAttempt();

  async accept({ chatId }: ChatSummary): Promise<void> {
    await this.#tried(this.#chats.accept(chatId));
  }

  /** A direct chat comes back by the toast's button. Members of a group see that the user has left: it asks first. */
  async decline(chat: ChatSummary): Promise<void> {
    const isGroup = chat.kind === 'group';
    const title = $localize`:@@request.leave:Decline and leave the group?`;
    if (isGroup && !(await this.#agrees(title, leaveText()))) return;
    if (!(await this.#tried(this.#chats.decline(chat.chatId)))) return;
    const back = { text: $localize`:@@request.accept:Accept`, run: () => void this.#takeBack(chat) };
    this.#toasts.show(
      $localize`:@@request.declined:You have declined the request.`,
      'notice',
      isGroup ? undefined : back,
    );
    await this.#router.navigate(['/chats']);
  }

  /** Asks first. */
  async block(chat: ChatSummary, name: string): Promise<void> {
    const title = $localize`:@@request.block:Decline, and block ${name}:name:?`;
    if (!(await this.#agrees(title, blockText(name)))) return;
    if (!(await this.#tried(this.#chats.decline(chat.chatId, { block: true })))) return;
    this.#toasts.show($localize`:@@request.blocked:You have declined the request and blocked ${name}:name:.`);
    await this.#router.navigate(['/chats']);
  }

  async #takeBack({ chatId }: ChatSummary): Promise<void> {
    if (await this.#tried(this.#chats.accept(chatId))) await this.#router.navigate(['/chats', chatId]);
  }

  #agrees(title: string, text: string): Promise<boolean> {
    return this.#dialogs.confirm({ title, text, agree: $localize`:@@request.decline:Decline`, danger: true });
  }
}

function leaveText(): string {
  return $localize`:@@request.leaveText:Its members see that you have left. An admin can add you again.`;
}

function blockText(name: string): string {
  return [
    $localize`:@@request.blockText:No messages of ${name}:name: reach you any more.`,
    $localize`:@@block.textSilent:${name}:name: does not learn of it.`,
  ].join(' ');
}
