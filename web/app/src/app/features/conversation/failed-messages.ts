import { Injectable, inject } from '@angular/core';
import { PalomaError, type Row } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { sentence } from '../../core/sentence';
import { Toasts } from '../../shared/toast/toasts';

/** The field that takes the text of a failed message. */
export interface EditField {
  /** Resolves when the text is stored in the draft. */
  restore(text: string): Promise<void>;
  takeBack(text: string): void;
}

/** The ways on from a message that the server rejected. */
@Injectable()
export class FailedMessages {
  readonly #outbox = inject(PALOMA).outbox;
  readonly #toasts = inject(Toasts);
  readonly #editing = new Set<string>();

  retry({ clientMessageId }: Row): void {
    void this.#outbox.retry(clientMessageId);
  }

  /** Moves the text to the field: a crash on the way leaves it in both places, and never in none. */
  async edit(row: Row, field: EditField): Promise<void> {
    if (this.#editing.has(row.clientMessageId)) return;
    this.#editing.add(row.clientMessageId);
    await field.restore(row.content);
    const removed = await this.#remove(row);
    this.#editing.delete(row.clientMessageId);
    // Another tab sends it again, or has discarded it.
    if (!removed && !this.#isFailed(row)) field.takeBack(row.content);
  }

  /** Whether the message is gone. */
  async discard(row: Row): Promise<boolean> {
    return (await this.#remove(row)) || !this.#isFailed(row);
  }

  async #remove(row: Row): Promise<boolean> {
    try {
      return (await this.#outbox.discard(row.clientMessageId)) !== undefined;
    } catch (error) {
      const isStorage = error instanceof PalomaError && error.kind === 'storage';
      this.#toasts.show(isStorage ? notRemovedText() : sentence(error), 'problem');
      return false;
    }
  }

  #isFailed({ clientMessageId }: Row): boolean {
    return this.#outbox.entries.value.some(
      (entry) => entry.clientMessageId === clientMessageId && entry.state === 'failed',
    );
  }
}

function notRemovedText(): string {
  return $localize`:@@message.notRemoved:The browser could not delete it. It will not be sent. Try again in a moment.`;
}
