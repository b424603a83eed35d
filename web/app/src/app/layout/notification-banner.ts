import { Component, computed, inject } from '@angular/core';
import { NotificationPermission } from '../core/notifications/permission';
import { PALOMA } from '../core/paloma';
import { readableSignal } from '../core/readable';
import { Banner } from '../shared/banner/banner';
import { Toasts } from '../shared/toast/toasts';

/** Offers notifications to a user who has chats, once. The browser itself asks after a click only. */
@Component({
  selector: 'app-notification-banner',
  imports: [Banner],
  template: `@if (shows()) {
    <app-banner icon="bell" data-testid="notification-offer">
      <span i18n="@@notification.offer">Paloma can notify you of new messages while you do something else.</span>
      <button type="button" (click)="accept()" i18n="@@notification.accept">Turn on</button>
      <button type="button" (click)="permission.switchOff()" i18n="@@notification.decline">No, thanks</button>
    </app-banner>
  }`,
})
export class NotificationBanner {
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
    if (state !== 'on') this.#toasts.show(refusedText(), 'problem');
  }
}

export function refusedText(): string {
  return $localize`:@@notification.refused:The browser blocks notifications. Allow them for this page in its settings.`;
}
