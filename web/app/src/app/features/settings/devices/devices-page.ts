import { Component, inject, resource, signal } from '@angular/core';
import type { Device } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { sentence } from '../../../core/sentence';
import { Banner } from '../../../shared/banner/banner';
import { Button } from '../../../shared/button/button';
import { Dialogs } from '../../../shared/dialog/dialogs';
import { EmptyState } from '../../../shared/empty/empty-state';
import { Icon } from '../../../shared/icon/icon';
import { Spinner } from '../../../shared/spinner/spinner';
import { TimeTexts } from '../../../shared/time/time-texts';
import { Toasts } from '../../../shared/toast/toasts';
import { SettingsPage } from '../settings-page';

/** The phones that get pushes for the user. */
@Component({
  selector: 'app-devices-page',
  imports: [Banner, Button, EmptyState, Icon, SettingsPage, Spinner],
  templateUrl: './devices-page.html',
  styleUrl: './devices-page.scss',
})
export class DevicesPage {
  readonly #account = inject(PALOMA).account;
  readonly #dialogs = inject(Dialogs);
  readonly #toasts = inject(Toasts);
  protected readonly times = inject(TimeTexts);
  protected readonly removing = signal<string | undefined>(undefined);
  protected readonly devices = resource({ loader: () => this.#account.devices() });
  protected readonly sentence = sentence;

  protected platform({ platform }: Device): string {
    return platform === 'fcm'
      ? $localize`:@@devices.android:Android phone or tablet`
      : $localize`:@@devices.apple:iPhone or iPad`;
  }

  protected async remove({ deviceId }: Device): Promise<void> {
    const agreed = await this.#dialogs.confirm({
      title: $localize`:@@devices.removeTitle:Remove this phone?`,
      text: $localize`:@@devices.removeText:It gets no more notifications, until its app registers it again.`,
      agree: $localize`:@@devices.remove:Remove`,
      danger: true,
    });
    if (!agreed) return;
    this.removing.set(deviceId);
    try {
      await this.#account.removeDevice(deviceId);
      this.devices.update((devices) => devices?.filter((device) => device.deviceId !== deviceId));
    } catch (error) {
      this.#toasts.show(sentence(error), 'problem');
    } finally {
      this.removing.set(undefined);
    }
  }
}
