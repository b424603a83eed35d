import { Component, inject, input, output, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import type { TotpSecret } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { CopyButton } from '../../../shared/copy/copy-button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { appCodeWrongText } from '../../../shared/forms/field-sentences';
import { codeOf, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { QrCode } from './qr-code';

/** Shows the secret for the authenticator app, and asks for the app's first code. */
@Component({
  selector: 'app-enrol-form',
  imports: [Button, CopyButton, FormField, FormProblem, FormRoot, QrCode, TextField],
  templateUrl: './enrol-form.html',
  styleUrl: './enrol-form.scss',
})
export class EnrolForm {
  readonly secret = input.required<TotpSecret>();
  readonly password = input.required<string>();
  /** The recovery codes. */
  readonly confirmed = output<readonly string[]>();
  readonly cancelled = output();

  readonly #account = inject(PALOMA).account;
  protected readonly form = form(signal({ code: '' }), (path) => requiredRule(path.code), {
    submission: submission(({ code }: { code: string }) => this.#confirm(codeOf(code)), {
      fieldTexts: { code: appCodeWrongText() },
    }),
  });

  async #confirm(code: string): Promise<void> {
    this.confirmed.emit(await this.#account.confirmTotp({ password: this.password(), code }));
  }
}
