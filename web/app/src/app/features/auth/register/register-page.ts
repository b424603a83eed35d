import { Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { PALOMA } from '../../../core/paloma';
import { AddressForm } from '../address-form';
import { AuthFrame } from '../auth-frame';

/** Asks for the email address of a new account. The server mails a code to it. */
@Component({
  selector: 'app-register-page',
  imports: [AddressForm, AuthFrame, RouterLink],
  templateUrl: './register-page.html',
})
export class RegisterPage {
  readonly #session = inject(PALOMA).session;
  protected readonly send = (email: string): Promise<void> => this.#session.register(email);
}
