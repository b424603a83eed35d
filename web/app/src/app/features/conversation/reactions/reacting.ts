import { Injectable, Signal, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';
import type { Conversation, Reaction, Row } from '@paloma/client';
import { injectAttempt } from '../../../core/attempt';
import { Dialogs } from '../../../shared/dialog/dialogs';

/** A wish of the user about the reactions of a message. */
export type ReactionRequest =
  /** To react with this emoji, or to remove the own reaction with it. */
  | { readonly kind: 'toggle'; readonly emoji: string }
  /** To react with an emoji that no button shows. */
  | { readonly kind: 'choose' }
  /** To see the members who reacted. */
  | { readonly kind: 'list' };

/** The people dialog's data. */
export interface ReactionsData {
  /** The reactions as they are now. */
  readonly reactions: Signal<readonly Reaction[]>;
  readonly nameOf: (userId: string) => string;
}

/** Reactions of the user in one conversation view. */
@Injectable()
export class Reacting {
  readonly #dialogs = inject(Dialogs);
  readonly #tried = injectAttempt();

  /** Reacts, in place of the user's reaction before; with the same emoji again, removes it. */
  async toggle(conversation: Conversation, { messageId, reactions }: Row, emoji: string): Promise<void> {
    if (messageId === undefined) return;
    const isOwn = reactions.some((reaction) => reaction.own && reaction.emoji === emoji);
    const call = isOwn ? conversation.unreact(messageId) : conversation.react(messageId, emoji);
    await this.#tried(call, { forbidden: forbiddenText(), 'not-found': goneText(), conflict: goneText() });
  }

  /** Asks for an emoji. `undefined` if the user does not choose one. */
  async choose(): Promise<string | undefined> {
    const { EmojiDialog } = await import('./emoji-dialog');
    return firstValueFrom(this.#dialogs.open<string>(EmojiDialog).closed);
  }

  async list(data: ReactionsData): Promise<void> {
    const { ReactionsDialog } = await import('./reactions-dialog');
    this.#dialogs.open<unknown, ReactionsData>(ReactionsDialog, data);
  }
}

function forbiddenText(): string {
  return $localize`:@@reactions.forbidden:You cannot react in this chat.`;
}

function goneText(): string {
  return $localize`:@@reactions.gone:This message takes no reactions any more.`;
}
