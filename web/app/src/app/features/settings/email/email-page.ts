import { Component, computed, inject } from '@angular/core';
import { PALOMA } from '../../../core/paloma';
import { readableSignal } from '../../../core/readable';
import { meSignal } from '../me';
import { SettingsPage } from '../settings-page';
import { EmailCodeForm } from './email-code-form';
import { NewEmailForm } from './new-email-form';

/** The draft with the address that got a code: it is still there when the user comes back with the code. */
const MAILED = 'settings:email';

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
      <app-email-code-form [email]="address" (finished)="keep('')" />
    } @else {
      <app-new-email-form (mailed)="keep($event)" />
    }
  </app-settings-page>`,
})
export class EmailPage {
  readonly #drafts = inject(PALOMA).drafts;
  readonly #all = readableSignal(this.#drafts.all);
  protected readonly me = meSignal();
  /** The address that got a code. */
  protected readonly mailed = computed(() => this.#all().get(MAILED));

  protected keep(address: string): void {
    void this.#drafts.set(MAILED, address);
  }
}
