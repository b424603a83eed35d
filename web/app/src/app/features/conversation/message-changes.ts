import { Injectable, inject, signal } from '@angular/core';
import { PalomaError, type Conversation, type Row } from '@paloma/client';
import { injectAttempt } from '../../core/attempt';
import { sentence } from '../../core/sentence';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Toasts } from '../../shared/toast/toasts';
import { Reporting } from '../reports/reporting';

/** The message that the composer edits or answers. */
export interface ComposerContext {
  readonly kind: 'edit' | 'reply';
  readonly row: Row;
}

/** Edits, deletions and replies of one conversation view. */
@Injectable()
export class MessageChanges {
  readonly #dialogs = inject(Dialogs);
  readonly #toasts = inject(Toasts);
  readonly #reporting = inject(Reporting);
  readonly #tried = injectAttempt();
  readonly #context = signal<ComposerContext | undefined>(undefined);
  readonly context = this.#context.asReadonly();

  begin(context: ComposerContext): void {
    this.#context.set(context);
  }

  end(): void {
    this.#context.set(undefined);
  }

  /** Rejects if the message was not edited: the composer then has the text again. */
  async edit(conversation: Conversation, context: ComposerContext, text: string): Promise<void> {
    this.end();
    try {
      await conversation.edit(idOf(context.row), text);
    } catch (error) {
      this.begin(context);
      this.#toasts.show(editProblem(error), 'problem');
      throw error;
    }
  }

  async delete(conversation: Conversation, row: Row): Promise<void> {
    const agreed = await this.#dialogs.confirm({
      title: $localize`:@@message.deleteTitle:Delete this message for everyone?`,
      text: $localize`:@@message.deleteText:All members see that a message was deleted. This cannot be undone.`,
      agree: $localize`:@@message.deleteAgree:Delete for everyone`,
      danger: true,
    });
    if (agreed) await this.#tried(conversation.delete(idOf(row)), { forbidden: lateDeletionText() });
  }

  async hide(conversation: Conversation, row: Row): Promise<void> {
    const agreed = await this.#dialogs.confirm({
      title: $localize`:@@message.hideTitle:Delete this message for you?`,
      text: $localize`:@@message.hideText:The other members still see it. This cannot be undone.`,
      agree: $localize`:@@message.hideAgree:Delete for me`,
      danger: true,
    });
    if (agreed) await this.#tried(conversation.hide(idOf(row)), { forbidden: hideLimitText() });
  }

  /** Asks for the reason, and reports the message to the operators. */
  report(row: Row): void {
    this.#reporting.message(idOf(row));
  }

  /** The jump to a message failed. */
  notFound(): void {
    this.#toasts.show(
      $localize`:@@message.notFound:This message could not be shown. Try again in a moment.`,
      'problem',
    );
  }
}

function idOf({ messageId }: Row): string {
  if (messageId === undefined) throw new PalomaError('unexpected', 'The message is not sent yet.');
  return messageId;
}

function editProblem(error: unknown): string {
  return sentence(error, {
    conflict: $localize`:@@message.changedMeanwhile:The message was changed meanwhile. The chat shows how it is now.`,
    forbidden: $localize`:@@message.lateEdit:A message can be edited for 15 minutes. Send a new message instead.`,
  });
}

function lateDeletionText(): string {
  return $localize`:@@message.lateDeletion:A message can be deleted for 60 hours. Later, only admins of the group can.`;
}

function hideLimitText(): string {
  return $localize`:@@message.hideLimit:You have deleted 1,000 messages of this chat for you. Clear the chat instead.`;
}
