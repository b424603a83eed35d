import { Component, inject, input, output, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import type { Challenge } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { codeOf, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { AuthFrame } from '../auth-frame';

/** Asks for the code of the authenticator app. */
@Component({
  selector: 'app-code-form',
  imports: [AuthFrame, Button, FormField, FormProblem, FormRoot, TextField],
  templateUrl: './code-form.html',
})
export class CodeForm {
  readonly challenge = input.required<Challenge>();
  /** The user has no code, but a recovery code. */
  readonly recovery = output();
  readonly back = output();

  readonly #session = inject(PALOMA).session;
  protected readonly form = form(signal({ code: '' }), (path) => requiredRule(path.code), {
    submission: submission(({ code }: { code: string }) => this.#answer(codeOf(code)), {
      texts: { unauthenticated: codeWrongText() },
    }),
  });

  async #answer(code: string): Promise<void> {
    await this.#session.answer(this.challenge(), { code });
  }
}

function codeWrongText(): string {
  return $localize`:@@code.wrong:Wrong code. Use the next one. If it fails, check your phone's clock and log in again.`;
}
