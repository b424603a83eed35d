import { Component, inject, signal } from '@angular/core';
import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import type { ReportedItem } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Button } from '../../shared/button/button';
import { DialogFrame } from '../../shared/dialog/dialog';
import { TextField } from '../../shared/field/text-field';
import { FormProblem } from '../../shared/forms/form-problem';
import { reasonRule } from '../../shared/forms/rules';
import { submission } from '../../shared/forms/submission';
import { Toasts } from '../../shared/toast/toasts';

export interface ReportData {
  readonly item: ReportedItem;
  readonly title: string;
}

interface Reason {
  readonly reason: string;
}

/** Asks for the reason of a report, and sends it. */
@Component({
  selector: 'app-report-dialog',
  imports: [Button, DialogFrame, FormField, FormProblem, FormRoot, TextField],
  templateUrl: './report-dialog.html',
})
export class ReportDialog {
  readonly #people = inject(PALOMA).people;
  readonly #toasts = inject(Toasts);
  protected readonly data = inject<ReportData>(DIALOG_DATA);
  protected readonly dialog = inject<DialogRef<boolean>>(DialogRef);
  protected readonly form = form(signal<Reason>({ reason: '' }), (path) => reasonRule(path.reason), {
    submission: submission((value: Reason) => this.#report(value), {
      texts: { conflict: goneText(), 'not-found': absentText() },
    }),
  });

  async #report({ reason }: Reason): Promise<void> {
    await this.#people.report(this.data.item, reason.trim());
    this.dialog.close(true);
    this.#toasts.show($localize`:@@report.done:Thank you. The operators of this service will look at your report.`);
  }
}

function goneText(): string {
  return $localize`:@@report.gone:This message has no text any more. Report its sender or the chat instead.`;
}

function absentText(): string {
  return $localize`:@@report.absent:You have no access to this any more.`;
}
