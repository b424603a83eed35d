import { Component, computed, inject } from '@angular/core';
import { NotificationPermission, notOnText } from '../../core/notifications/permission';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';
import { Banner } from '../../shared/banner/banner';
import { Toasts } from '../../shared/toast/toasts';

/**
 * Offers notifications to a user who has chats, once. The browser itself asks after a click only.
 * The offer appears after the connection, while the user may be about to click. Below the list, it moves no row.
 */
@Component({
  selector: 'app-notification-offer',
  imports: [Banner],
  template: `@if (shows()) {
    <app-banner icon="bell" data-testid="notification-offer">
      <span i18n="@@notification.offer">Paloma can notify you of new messages while you do something else.</span>
      <button type="button" (click)="accept()" i18n="@@notification.accept">Turn on</button>
      <button type="button" (click)="permission.switchOff()" i18n="@@notification.decline">No, thanks</button>
    </app-banner>
  }`,
  styles: `
    app-banner {
      margin: var(--space-3);
    }
  `,
})
export class NotificationOffer {
  protected readonly permission = inject(NotificationPermission);
  readonly #toasts = inject(Toasts);
  readonly #paloma = inject(PALOMA);
  readonly #list = readableSignal(this.#paloma.chats.list);
  readonly #connection = readableSignal(this.#paloma.connection.state);
  /** Problems come first. */
  protected readonly shows = computed(
    () => this.permission.undecided() && this.#connection().kind === 'open' && (this.#list()?.length ?? 0) > 0,
  );

  protected async accept(): Promise<void> {
    const state = await this.permission.switchOn();
    if (state !== 'on') this.#toasts.show(notOnText(state), 'problem');
  }
}
