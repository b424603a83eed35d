import { Component, signal } from '@angular/core';
import type { Challenge } from '@paloma/client';
import { CodeForm } from './code-form';
import { Credentials, PasswordForm } from './password-form';
import { NewPasswordForm } from './new-password-form';
import { RecoveryForm } from './recovery-form';

type Step =
  | { readonly kind: 'password' }
  | { readonly kind: 'challenge'; readonly challenge: Challenge; readonly credentials: Credentials }
  | { readonly kind: 'recovery'; readonly challenge: Challenge; readonly credentials: Credentials };

/** Logs in: the password, then a code or a new password if the account asks for one. */
@Component({
  selector: 'app-log-in-page',
  imports: [CodeForm, NewPasswordForm, PasswordForm, RecoveryForm],
  templateUrl: './log-in-page.html',
})
export class LogInPage {
  protected readonly step = signal<Step>({ kind: 'password' });

  protected challenged(challenge: Challenge, credentials: Credentials): void {
    this.step.set({ kind: 'challenge', challenge, credentials });
  }

  protected startAgain(): void {
    this.step.set({ kind: 'password' });
  }
}
