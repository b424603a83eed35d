import { Component, inject, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { RouterLink } from '@angular/router';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { NewPassword } from '../../../shared/forms/new-password';
import { codeOf, emailRule, nameRule, newPasswordRule, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { handedAddress } from '../address';
import { AuthFrame } from '../auth-frame';
import { CodeAgain } from '../code-again';
import { injectLogInAfterwards } from '../log-in-afterwards';
import { MailedCode } from '../mailed-code';

interface Confirmation {
  readonly email: string;
  readonly code: string;
  readonly name: string;
  readonly password: string;
}

/** The code of the mail creates the account, with a name and a password. */
@Component({
  selector: 'app-confirm-page',
  imports: [
    AuthFrame,
    Button,
    CodeAgain,
    FormField,
    FormProblem,
    FormRoot,
    MailedCode,
    NewPassword,
    RouterLink,
    TextField,
  ],
  templateUrl: './confirm-page.html',
})
export class ConfirmPage {
  readonly #session = inject(PALOMA).session;
  readonly #logInAfterwards = injectLogInAfterwards();
  protected readonly handed = handedAddress();
  protected readonly model = signal<Confirmation>({ email: this.handed, code: '', name: '', password: '' });
  protected readonly form = form(
    this.model,
    (path) => {
      emailRule(path.email);
      requiredRule(path.code);
      nameRule(path.name);
      newPasswordRule(path.password);
    },
    { submission: submission((confirmation: Confirmation) => this.#confirm(confirmation)) },
  );
  protected readonly sendAgain = (): Promise<void> => this.#session.register(this.model().email);

  async #confirm({ email, code, name, password }: Confirmation): Promise<void> {
    await this.#session.confirm({ email, code: codeOf(code), name: name.trim(), password });
    await this.#logInAfterwards({ email, password });
  }
}
