import { Component, inject, output, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { emailRule, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { wrongPasswordText } from '../me';

interface Change {
  readonly email: string;
  readonly password: string;
}

@Component({
  selector: 'app-new-email-form',
  imports: [Button, FormField, FormProblem, FormRoot, TextField],
  template: `<form class="stack" [formRoot]="form">
    <app-form-problem [errors]="form().errors()" />
    <app-text-field
      label="New email address"
      i18n-label="@@field.newEmail"
      type="email"
      autocomplete="email"
      [formField]="form.email"
    />
    <app-text-field
      label="Your password"
      i18n-label="@@field.yourPassword"
      type="password"
      autocomplete="current-password"
      [formField]="form.password"
    />
    <div class="actions">
      <button type="submit" appButton [busy]="form().submitting()" i18n="@@register.submit">Send the code</button>
    </div>
  </form>`,
})
export class NewEmailForm {
  readonly mailed = output<string>();

  readonly #account = inject(PALOMA).account;
  protected readonly form = form(
    signal<Change>({ email: '', password: '' }),
    (path) => {
      emailRule(path.email);
      requiredRule(path.password);
    },
    {
      submission: submission((change: Change) => this.#change(change), { texts: { forbidden: wrongPasswordText() } }),
    },
  );

  async #change(change: Change): Promise<void> {
    await this.#account.changeEmail(change);
    this.mailed.emit(change.email);
  }
}
