import { Component, inject, input, output, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { codeOf, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { Toasts } from '../../../shared/toast/toasts';

@Component({
  selector: 'app-email-code-form',
  imports: [Button, FormField, FormProblem, FormRoot, TextField],
  template: `<form class="stack" [formRoot]="form">
    <p i18n="@@email.mailed">
      The code is on its way to {{ email() }}. Until you enter it, your address stays as it is.
    </p>
    <app-form-problem [errors]="form().errors()" />
    <app-text-field
      first
      label="Code from the mail"
      i18n-label="@@field.mailedCode"
      inputmode="numeric"
      autocomplete="one-time-code"
      [formField]="form.code"
    />
    <div class="actions">
      <button type="submit" appButton [busy]="form().submitting()" i18n="@@email.submit">Change the address</button>
      <button type="button" appButton="secondary" (click)="finished.emit()" i18n="@@dialog.cancel">Cancel</button>
    </div>
  </form>`,
})
export class EmailCodeForm {
  /** The address that got the code. */
  readonly email = input.required<string>();
  readonly finished = output();

  readonly #account = inject(PALOMA).account;
  readonly #toasts = inject(Toasts);
  protected readonly form = form(signal({ code: '' }), (path) => requiredRule(path.code), {
    submission: submission(({ code }: { code: string }) => this.#confirm(codeOf(code))),
  });

  async #confirm(code: string): Promise<void> {
    await this.#account.confirmEmail(code);
    this.#toasts.show($localize`:@@email.changed:Your email address is changed.`);
    this.finished.emit();
  }
}
