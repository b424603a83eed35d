import { ApplicationRef, Component, computed, effect, inject, signal, untracked } from '@angular/core';
import type { Privacy } from '@paloma/client';
import { injectAttempt } from '../../../core/attempt';
import { PALOMA } from '../../../core/paloma';
import { readableSignal } from '../../../core/readable';
import { Choice, Choices } from '../../../shared/choices/choices';
import { Spinner } from '../../../shared/spinner/spinner';
import { meSignal } from '../me';
import { SettingsPage } from '../settings-page';

type Circle = Privacy['presence'];
type Setting = Exclude<keyof Privacy, 'changedAt'>;

/** The settings of privacy: each names the people that it lets in. */
@Component({
  selector: 'app-privacy-page',
  imports: [Choices, SettingsPage, Spinner],
  templateUrl: './privacy-page.html',
})
export class PrivacyPage {
  readonly #account = inject(PALOMA).account;
  readonly #app = inject(ApplicationRef);
  readonly #attempt = injectAttempt();
  readonly #connection = readableSignal(inject(PALOMA).connection.state);
  readonly #me = meSignal();
  /** A choice that the server has not stored yet. */
  readonly #pending = signal<Partial<Record<Setting, Circle>>>({});
  protected readonly settings = computed(() => {
    const stored = this.#me()?.privacy;
    return stored && { ...stored, ...this.#pending() };
  });
  protected readonly circles: readonly Choice<Circle>[] = [
    { value: 'everyone', title: $localize`:@@privacy.everyone:Everyone` },
    { value: 'contacts', title: $localize`:@@privacy.contacts:My contacts` },
    { value: 'nobody', title: $localize`:@@privacy.nobody:Nobody` },
  ];

  constructor() {
    const isOpen = computed(() => this.#connection().kind === 'open');
    // Another device may have changed them while this one had no socket.
    let isFirst = true;
    effect(() => {
      if (!isOpen() && !isFirst) return;
      isFirst = false;
      void untracked(() => this.#attempt(this.#account.refresh().then(() => undefined)));
    });
  }

  protected async choose(setting: Setting, circle: Circle): Promise<void> {
    this.#pending.update((pending) => ({ ...pending, [setting]: circle }));
    await this.#attempt(this.#account.changePrivacy({ [setting]: circle }));
    // The page shows the choice before it goes back: otherwise a radio button that the user has checked stays so.
    await this.#app.whenStable();
    this.#pending.update(({ [setting]: chosen, ...pending }) =>
      // The user may have chosen again meanwhile.
      chosen === circle ? pending : { ...pending, [setting]: chosen },
    );
  }
}
