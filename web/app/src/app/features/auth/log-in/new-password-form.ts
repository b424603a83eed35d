import { Component, inject, input, output, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import type { Challenge } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { PasswordRulesList } from '../../../shared/forms/password-rules-list';
import { newPasswordRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { AuthFrame } from '../auth-frame';

/** An invited user replaces the password of the invitation. */
@Component({
  selector: 'app-new-password-form',
  imports: [AuthFrame, Button, FormField, FormProblem, FormRoot, PasswordRulesList, TextField],
  templateUrl: './new-password-form.html',
})
export class NewPasswordForm {
  readonly challenge = input.required<Challenge>();
  readonly challenged = output<Challenge>();
  readonly back = output();

  readonly #session = inject(PALOMA).session;
  protected readonly form = form(signal({ newPassword: '' }), (path) => newPasswordRule(path.newPassword), {
    submission: submission(({ newPassword }: { newPassword: string }) => this.#answer(newPassword), {
      names: { password: 'newPassword' },
    }),
  });

  async #answer(newPassword: string): Promise<void> {
    const result = await this.#session.answer(this.challenge(), { newPassword });
    if (result.kind === 'challenge') this.challenged.emit(result.challenge);
  }
}
