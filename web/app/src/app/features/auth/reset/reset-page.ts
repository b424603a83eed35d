import { Component, inject, signal } from '@angular/core';
import { FormRoot, form } from '@angular/forms/signals';
import { RouterLink } from '@angular/router';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { FormProblem } from '../../../shared/forms/form-problem';
import { NewPassword } from '../../../shared/forms/new-password';
import { codeOf, emailRule, newPasswordRule, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { handedAddress } from '../address';
import { AuthFrame } from '../auth-frame';
import { CodeAgain } from '../code-again';
import { injectLogInAfterwards } from '../log-in-afterwards';
import { MailedCode } from '../mailed-code';

interface Reset {
  readonly email: string;
  readonly code: string;
  readonly password: string;
}

/** The code of the mail sets a new password, and ends all sessions of the user. */
@Component({
  selector: 'app-reset-page',
  imports: [AuthFrame, Button, CodeAgain, FormProblem, FormRoot, MailedCode, NewPassword, RouterLink],
  templateUrl: './reset-page.html',
})
export class ResetPage {
  readonly #session = inject(PALOMA).session;
  readonly #logInAfterwards = injectLogInAfterwards();
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
    await this.#logInAfterwards({ email, password });
  }
}
