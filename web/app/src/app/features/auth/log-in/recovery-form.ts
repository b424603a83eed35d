import { Component, inject, input, output, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { Toasts } from '../../../shared/toast/toasts';
import { AuthFrame } from '../auth-frame';
import type { Credentials } from './password-form';

/** Logs in with a recovery code, for users without their authenticator app. */
@Component({
  selector: 'app-recovery-form',
  imports: [AuthFrame, Button, FormField, FormProblem, FormRoot, TextField],
  templateUrl: './recovery-form.html',
})
export class RecoveryForm {
  readonly credentials = input.required<Credentials>();
  readonly back = output();

  readonly #session = inject(PALOMA).session;
  readonly #toasts = inject(Toasts);
  protected readonly form = form(signal({ recoveryCode: '' }), (path) => requiredRule(path.recoveryCode), {
    submission: submission(({ recoveryCode }: { recoveryCode: string }) => this.#logIn(recoveryCode.trim()), {
      texts: {
        unauthenticated: $localize`:@@field.recoveryCodeWrong:This recovery code is wrong, or was used before.`,
      },
    }),
  });

  async #logIn(recoveryCode: string): Promise<void> {
    const result = await this.#session.logIn({ ...this.credentials(), recoveryCode });
    if (result.kind !== 'signedIn') return;
    this.#toasts.show($localize`:@@recovery.done:Two-step login is off now. Switch it on again in the settings.`);
  }
}
