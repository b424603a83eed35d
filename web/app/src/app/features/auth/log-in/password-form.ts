import { Component, inject, output, signal } from '@angular/core';
import { FormField, FormRoot, form, submit } from '@angular/forms/signals';
import { Router, RouterLink } from '@angular/router';
import type { Challenge } from '@paloma/client';
import { APP_CONFIG, DemoUser } from '../../../core/config/app-config';
import { PALOMA } from '../../../core/paloma';
import { readableSignal } from '../../../core/readable';
import { Avatar } from '../../../shared/avatar/avatar';
import { Banner } from '../../../shared/banner/banner';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { emailRule, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { handedAddress, navigateWithAddress } from '../address';
import { AuthFrame } from '../auth-frame';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Email address and password, or one of the demo users. */
@Component({
  selector: 'app-password-form',
  imports: [AuthFrame, Avatar, Banner, Button, FormField, FormProblem, FormRoot, RouterLink, TextField],
  templateUrl: './password-form.html',
  styleUrl: './password-form.scss',
})
export class PasswordForm {
  readonly challenged = output<{ challenge: Challenge; credentials: Credentials }>();

  readonly #session = inject(PALOMA).session;
  readonly #router = inject(Router);
  protected readonly state = readableSignal(this.#session.state);
  protected readonly demoUsers = inject(APP_CONFIG).demoUsers;
  protected readonly credentials = signal<Credentials>({ email: handedAddress(), password: '' });
  protected readonly form = form(
    this.credentials,
    (path) => {
      emailRule(path.email);
      requiredRule(path.password);
    },
    {
      submission: submission((credentials: Credentials) => this.#logIn(credentials), {
        texts: { unauthenticated: wrongText() },
      }),
    },
  );

  protected async choose({ email, password }: DemoUser): Promise<void> {
    this.credentials.set({ email, password });
    await submit(this.form);
  }

  protected forgot(event: Event): void {
    event.preventDefault();
    void navigateWithAddress(this.#router, '/forgot', this.credentials().email);
  }

  async #logIn(credentials: Credentials): Promise<void> {
    const result = await this.#session.logIn(credentials);
    if (result.kind === 'challenge') this.challenged.emit({ challenge: result.challenge, credentials });
  }
}

function wrongText(): string {
  return $localize`:@@logIn.wrong:The address or the password is wrong. After several tries, wait a few minutes.`;
}
