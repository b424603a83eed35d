import { Component, computed, inject } from '@angular/core';
import { NotificationPermission, notOnText, refusedText } from '../../../core/notifications/permission';
import { Banner } from '../../../shared/banner/banner';
import { Switch } from '../../../shared/switch/switch';
import { Toasts } from '../../../shared/toast/toasts';
import { SettingsPage } from '../settings-page';

/** Desktop notifications in this browser. */
@Component({
  selector: 'app-notifications-page',
  imports: [Banner, SettingsPage, Switch],
  template: `<app-settings-page heading="Notifications" i18n-heading="@@notifications.title">
    <app-switch
      label="Notify me of new messages"
      i18n-label="@@notifications.switch"
      hint="In this browser, while a page of Paloma is open. Muted chats stay silent."
      i18n-hint="@@notifications.hint"
      [disabled]="blocked() !== undefined"
      [checked]="permission.state() === 'on'"
      (checkedChange)="change($event)"
    />
    @if (blocked(); as text) {
      <app-banner kind="warning" data-testid="notifications-blocked">{{ text }}</app-banner>
    }
  </app-settings-page>`,
})
export class NotificationsPage {
  protected readonly permission = inject(NotificationPermission);
  readonly #toasts = inject(Toasts);
  protected readonly blocked = computed(() => {
    switch (this.permission.state()) {
      case 'refused':
        return refusedText();
      case 'unsupported':
        return $localize`:@@notifications.unsupported:This browser has no notifications for pages.`;
      default:
        return undefined;
    }
  });

  protected async change(on: boolean): Promise<void> {
    if (!on) {
      this.permission.switchOff();
      return;
    }
    const state = await this.permission.switchOn();
    // A banner shows the other reasons.
    if (state === 'off') this.#toasts.show(notOnText(state), 'problem');
  }
}
