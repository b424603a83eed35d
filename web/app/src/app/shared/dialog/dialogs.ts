import { Injectable, Type, inject } from '@angular/core';
import { Dialog, DialogRef } from '@angular/cdk/dialog';
import { firstValueFrom } from 'rxjs';
import { ConfirmDialog, Question } from './confirm-dialog';
import { titleOf } from './title-of';

/** Opens dialogs in the app's style. The focus returns to its place when they close. */
@Injectable({ providedIn: 'root' })
export class Dialogs {
  readonly #dialog = inject(Dialog);
  #opened = 0;

  /** `component` shows an `app-dialog`, and gets `data` as DIALOG_DATA. */
  open<R = unknown, D = unknown, C = unknown>(component: Type<C>, data?: D): DialogRef<R, C> {
    const id = `dialog-${String(++this.#opened)}`;
    return this.#dialog.open<R, D, C>(component, {
      id,
      data: data ?? null,
      ariaLabelledBy: titleOf(id),
      ariaModal: true,
      panelClass: 'dialog-panel',
      backdropClass: 'dialog-backdrop',
      maxWidth: 'calc(100vw - 2rem)',
    });
  }

  /** Asks a question. False if the user does not agree. */
  async confirm(question: Question): Promise<boolean> {
    const answer = await firstValueFrom(this.open<boolean>(ConfirmDialog, question).closed);
    return answer === true;
  }
}
