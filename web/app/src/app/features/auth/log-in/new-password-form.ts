import { Component, inject, input, output, signal } from '@angular/core';
import { FormRoot, form } from '@angular/forms/signals';
import type { Challenge } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { FormProblem } from '../../../shared/forms/form-problem';
import { NewPassword } from '../../../shared/forms/new-password';
import { newPasswordRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { Username } from '../../../shared/forms/username';
import { AuthFrame } from '../auth-frame';

/** An invited user replaces the password of the invitation. */
@Component({
  selector: 'app-new-password-form',
  imports: [AuthFrame, Button, FormProblem, FormRoot, NewPassword, Username],
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
