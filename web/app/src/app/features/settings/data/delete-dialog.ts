import { Component, inject, signal } from '@angular/core';
import { DialogRef } from '@angular/cdk/dialog';
import { FormField, FormRoot, form, validate } from '@angular/forms/signals';
import { PALOMA } from '../../../core/paloma';
import { Banner } from '../../../shared/banner/banner';
import { Button } from '../../../shared/button/button';
import { DialogFrame } from '../../../shared/dialog/dialog';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { Toasts } from '../../../shared/toast/toasts';
import { meSignal, wrongPasswordText } from '../me';

interface Erasure {
  readonly confirmation: string;
  readonly password: string;
}

/** Deletes the account, after the user has typed the own address (or name) and the password. */
@Component({
  selector: 'app-delete-dialog',
  imports: [Banner, Button, DialogFrame, FormField, FormProblem, FormRoot, TextField],
  templateUrl: './delete-dialog.html',
})
export class DeleteDialog {
  readonly #account = inject(PALOMA).account;
  readonly #toasts = inject(Toasts);
  readonly #me = meSignal();
  protected readonly dialog = inject(DialogRef);
  protected readonly expected = this.#me()?.email ?? this.#me()?.name ?? '';
  protected readonly form = form(
    signal<Erasure>({ confirmation: '', password: '' }),
    (path) => {
      requiredRule(path.confirmation);
      validate(path.confirmation, ({ value }) =>
        this.#matches(value()) ? undefined : { kind: 'same', message: sameText() },
      );
      requiredRule(path.password);
    },
    {
      submission: submission((erasure: Erasure) => this.#erase(erasure), { texts: { forbidden: wrongPasswordText() } }),
    },
  );

  #matches(typed: string): boolean {
    return typed.trim().toLowerCase() === this.expected.toLowerCase();
  }

  async #erase({ password }: Erasure): Promise<void> {
    await this.#account.erase(password);
    this.dialog.close();
    this.#toasts.show($localize`:@@delete.done:Your account is being deleted. This takes about two minutes.`);
  }
}

function sameText(): string {
  return $localize`:@@delete.same:Type it exactly as above.`;
}
