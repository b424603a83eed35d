import { Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { PALOMA } from '../../../core/paloma';
import { AddressForm } from '../address-form';
import { AuthFrame } from '../auth-frame';

/** Asks for a mail with a code that sets a new password. */
@Component({
  selector: 'app-forgot-page',
  imports: [AddressForm, AuthFrame, RouterLink],
  templateUrl: './forgot-page.html',
})
export class ForgotPage {
  readonly #session = inject(PALOMA).session;
  protected readonly send = (email: string): Promise<void> => this.#session.forgot(email);
}
