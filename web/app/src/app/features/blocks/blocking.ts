import { Injectable, inject } from '@angular/core';
import { injectAttempt } from '../../core/attempt';
import { PALOMA } from '../../core/paloma';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Toasts } from '../../shared/toast/toasts';

/** A user to block or to unblock. */
export interface OtherUser {
  readonly userId: string;
  readonly name: string;
}

/** Blocks users and unblocks them, from wherever the app shows a person. */
@Injectable({ providedIn: 'root' })
export class Blocking {
  readonly #people = inject(PALOMA).people;
  readonly #dialogs = inject(Dialogs);
  readonly #toasts = inject(Toasts);
  readonly #tried = injectAttempt();

  /** Asks first. */
  async block({ userId, name }: OtherUser): Promise<void> {
    const agreed = await this.#dialogs.confirm({
      title: $localize`:@@block.title:Block ${name}:name:?`,
      text: [
        $localize`:@@block.textChat:No messages pass in your chat, and neither of you sees when the other is online.`,
        $localize`:@@block.textSilent:${name}:name: does not learn of it.`,
        $localize`:@@block.textAfter:Messages sent to you meanwhile never arrive. Groups stay as they are.`,
      ].join(' '),
      agree: $localize`:@@block.agree:Block`,
      danger: true,
    });
    if (!agreed || !(await this.#tried(this.#people.block(userId)))) return;
    this.#toasts.show($localize`:@@block.done:You have blocked ${name}:name:.`, 'notice', {
      text: $localize`:@@block.undo:Undo`,
      run: () => void this.unblock({ userId, name }),
    });
  }

  /** Whether it succeeded. */
  async unblock({ userId, name }: OtherUser): Promise<boolean> {
    const succeeded = await this.#tried(this.#people.unblock(userId));
    if (succeeded) this.#toasts.show($localize`:@@block.ended:You have unblocked ${name}:name:.`);
    return succeeded;
  }
}
