import { Component, inject } from '@angular/core';
import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { Button } from '../button/button';
import { DialogFrame } from './dialog';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** The text of the button that agrees. */
  readonly agree: string;
  readonly danger?: boolean;
}

@Component({
  selector: 'app-confirm-dialog',
  imports: [Button, DialogFrame],
  template: `<app-dialog [heading]="question.title">
    <p>{{ question.text }}</p>
    <button dialogAction type="button" appButton="secondary" i18n="@@dialog.cancel" (click)="dialog.close(false)">
      Cancel
    </button>
    <button
      dialogAction
      type="button"
      [appButton]="question.danger ? 'danger' : 'primary'"
      (click)="dialog.close(true)"
    >
      {{ question.agree }}
    </button>
  </app-dialog>`,
})
export class ConfirmDialog {
  protected readonly question = inject<Question>(DIALOG_DATA);
  protected readonly dialog = inject<DialogRef<boolean>>(DialogRef);
}
