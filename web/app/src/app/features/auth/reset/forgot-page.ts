import { Component, inject, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { Router, RouterLink } from '@angular/router';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { emailRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { handedAddress, navigateWithAddress } from '../address';
import { AuthFrame } from '../auth-frame';

/** Asks for a mail with a code that sets a new password. */
@Component({
  selector: 'app-forgot-page',
  imports: [AuthFrame, Button, FormField, FormProblem, FormRoot, RouterLink, TextField],
  templateUrl: './forgot-page.html',
})
export class ForgotPage {
  readonly #session = inject(PALOMA).session;
  readonly #router = inject(Router);
  protected readonly form = form(signal({ email: handedAddress() }), (path) => emailRule(path.email), {
    submission: submission(({ email }: { email: string }) => this.#forgot(email)),
  });

  async #forgot(email: string): Promise<void> {
    await this.#session.forgot(email);
    await navigateWithAddress(this.#router, '/reset', email);
  }
}
