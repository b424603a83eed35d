import { Component, inject, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { Router, RouterLink } from '@angular/router';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { PasswordRulesList } from '../../../shared/forms/password-rules-list';
import { codeOf, emailRule, newPasswordRule, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { Toasts } from '../../../shared/toast/toasts';
import { handedAddress } from '../address';
import { AuthFrame } from '../auth-frame';
import { CodeAgain } from '../code-again';
import { logInAfterwards } from '../log-in-afterwards';

interface Reset {
  readonly email: string;
  readonly code: string;
  readonly password: string;
}

/** The code of the mail sets a new password, and ends all sessions of the user. */
@Component({
  selector: 'app-reset-page',
  imports: [AuthFrame, Button, CodeAgain, FormField, FormProblem, FormRoot, PasswordRulesList, RouterLink, TextField],
  templateUrl: './reset-page.html',
})
export class ResetPage {
  readonly #session = inject(PALOMA).session;
  readonly #router = inject(Router);
  readonly #toasts = inject(Toasts);
  protected readonly handed = handedAddress();
  protected readonly model = signal<Reset>({ email: this.handed, code: '', password: '' });
  protected readonly form = form(
    this.model,
    (path) => {
      emailRule(path.email);
      requiredRule(path.code);
      newPasswordRule(path.password);
    },
    { submission: submission((reset: Reset) => this.#reset(reset)) },
  );
  protected readonly sendAgain = (): Promise<void> => this.#session.forgot(this.model().email);

  async #reset({ email, code, password }: Reset): Promise<void> {
    await this.#session.reset({ email, code: codeOf(code), password });
    await logInAfterwards({ session: this.#session, router: this.#router, toasts: this.#toasts }, { email, password });
  }
}
