import { Component, signal } from '@angular/core';
import { meSignal } from '../me';
import { SettingsPage } from '../settings-page';
import { EmailCodeForm } from './email-code-form';
import { NewEmailForm } from './new-email-form';

/** Changes the email address: the new address and the password, then the code that was mailed to it. */
@Component({
  selector: 'app-email-page',
  imports: [EmailCodeForm, NewEmailForm, SettingsPage],
  template: `<app-settings-page heading="Email address" i18n-heading="@@email.title">
    <p>
      <span class="muted" i18n="@@email.present">Your address now:</span>
      {{ me()?.email }}
    </p>
    @if (mailed(); as address) {
      <app-email-code-form [email]="address" (finished)="mailed.set(undefined)" />
    } @else {
      <app-new-email-form (mailed)="mailed.set($event)" />
    }
  </app-settings-page>`,
})
export class EmailPage {
  protected readonly me = meSignal();
  /** The address that got a code. */
  protected readonly mailed = signal<string | undefined>(undefined);
}
