import { Component, inject, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { PalomaError, TotpSecret } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { problemKind } from '../../../core/sentence';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { Toasts } from '../../../shared/toast/toasts';
import { wrongPasswordText } from '../me';
import { SettingsPage } from '../settings-page';
import { EnrolForm } from './enrol-form';
import { RecoveryCodes } from './recovery-codes';
import { RemoveForm } from './remove-form';

type Step =
  | { readonly kind: 'password' }
  | { readonly kind: 'enrol'; readonly secret: TotpSecret; readonly password: string }
  | { readonly kind: 'codes'; readonly codes: readonly string[] }
  | { readonly kind: 'remove'; readonly password: string };

/** Switches the codes of an authenticator app on or off. The server says after the password which of both applies. */
@Component({
  selector: 'app-two-step-page',
  imports: [Button, EnrolForm, FormField, FormProblem, FormRoot, RecoveryCodes, RemoveForm, SettingsPage, TextField],
  templateUrl: './two-step-page.html',
})
export class TwoStepPage {
  readonly #account = inject(PALOMA).account;
  readonly #toasts = inject(Toasts);
  protected readonly step = signal<Step>({ kind: 'password' });
  protected readonly password = signal({ password: '' });
  protected readonly form = form(this.password, (path) => requiredRule(path.password), {
    submission: submission(({ password }: { password: string }) => this.#start(password), {
      texts: { forbidden: wrongPasswordText() },
    }),
  });

  protected startAgain(): void {
    this.password.set({ password: '' });
    this.form().reset();
    this.step.set({ kind: 'password' });
  }

  protected removed(): void {
    this.startAgain();
    this.#toasts.show($localize`:@@twoStep.removed:Two-step login is off.`);
  }

  async #start(password: string): Promise<void> {
    try {
      this.step.set({ kind: 'enrol', secret: await this.#account.enrolTotp(password), password });
    } catch (error) {
      const isOn = error instanceof PalomaError && error.problem && problemKind(error.problem) === 'conflict';
      if (!isOn) throw error;
      this.step.set({ kind: 'remove', password });
    }
  }
}
