import { Component, inject, input, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { Router } from '@angular/router';
import { Button } from '../../shared/button/button';
import { TextField } from '../../shared/field/text-field';
import { FormProblem } from '../../shared/forms/form-problem';
import { emailRule } from '../../shared/forms/rules';
import { submission } from '../../shared/forms/submission';
import { handedAddress, navigateWithAddress } from './address';

/** Asks for an email address, lets the server mail a code to it, and opens the page that takes the code. */
@Component({
  selector: 'app-address-form',
  imports: [Button, FormField, FormProblem, FormRoot, TextField],
  template: `<form class="stack" [formRoot]="form">
    <app-form-problem [errors]="form().errors()" />
    <app-text-field
      first
      label="Email address"
      i18n-label="@@field.email"
      type="email"
      autocomplete="username"
      [formField]="form.email"
    />
    <button type="submit" appButton [busy]="form().submitting()" i18n="@@register.submit">Send the code</button>
  </form>`,
})
export class AddressForm {
  /** Asks the server for the mail. */
  readonly send = input.required<(email: string) => Promise<void>>();
  /** The path of the page that takes the code. */
  readonly next = input.required<string>();

  readonly #router = inject(Router);
  protected readonly form = form(signal({ email: handedAddress() }), (path) => emailRule(path.email), {
    submission: submission(({ email }: { email: string }) => this.#submit(email)),
  });

  async #submit(email: string): Promise<void> {
    await this.send()(email);
    await navigateWithAddress(this.#router, this.next(), email);
  }
}
