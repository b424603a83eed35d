import { Component, inject, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { NewPassword } from '../../../shared/forms/new-password';
import { newPasswordRule, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { Username } from '../../../shared/forms/username';
import { Toasts } from '../../../shared/toast/toasts';
import { meSignal, wrongPasswordText } from '../me';
import { SettingsPage } from '../settings-page';

interface Change {
  readonly oldPassword: string;
  readonly newPassword: string;
}

/** Changes the password. All sessions of the user end, this one too. */
@Component({
  selector: 'app-password-page',
  imports: [Button, FormField, FormProblem, FormRoot, NewPassword, SettingsPage, TextField, Username],
  templateUrl: './password-page.html',
})
export class PasswordPage {
  readonly #account = inject(PALOMA).account;
  readonly #toasts = inject(Toasts);
  protected readonly me = meSignal();
  protected readonly form = form(
    signal<Change>({ oldPassword: '', newPassword: '' }),
    (path) => {
      requiredRule(path.oldPassword);
      newPasswordRule(path.newPassword);
    },
    {
      submission: submission((change: Change) => this.#change(change), { texts: { forbidden: wrongPasswordText() } }),
    },
  );

  async #change(change: Change): Promise<void> {
    await this.#account.changePassword(change);
    this.#toasts.show($localize`:@@passwordPage.changed:Your password is changed. Log in with it on all devices.`);
  }
}
