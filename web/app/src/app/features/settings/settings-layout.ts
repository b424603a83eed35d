import { Component, inject } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { Panes } from '../../layout/panes';
import { Avatar } from '../../shared/avatar/avatar';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Icon } from '../../shared/icon/icon';
import type { IconName } from '../../shared/icon/icon-paths';
import { LogOutDialog } from './log-out/log-out-dialog';
import { meSignal } from './me';

interface Section {
  readonly path: string;
  readonly icon: IconName;
  readonly title: string;
}

/** The list of settings, and the open one. */
@Component({
  selector: 'app-settings-layout',
  imports: [Avatar, Icon, Panes, RouterLink, RouterLinkActive, RouterOutlet],
  templateUrl: './settings-layout.html',
  styleUrl: './settings-layout.scss',
})
export class SettingsLayout {
  readonly #dialogs = inject(Dialogs);
  protected readonly user = meSignal();
  protected readonly sections = sections();

  protected logOut(): void {
    this.#dialogs.open(LogOutDialog);
  }
}

function sections(): readonly Section[] {
  return [
    { path: 'profile', icon: 'person', title: $localize`:@@profile.title:Profile` },
    { path: 'email', icon: 'mail', title: $localize`:@@email.title:Email address` },
    { path: 'password', icon: 'key', title: $localize`:@@passwordPage.title:Password` },
    { path: 'two-step', icon: 'shield', title: $localize`:@@twoStep.title:Two-step login` },
    { path: 'devices', icon: 'phone', title: $localize`:@@devices.title:Phones` },
    { path: 'appearance', icon: 'palette', title: $localize`:@@appearance.title:Appearance and language` },
    { path: 'notifications', icon: 'bell', title: $localize`:@@notifications.title:Notifications` },
    { path: 'privacy', icon: 'eyeOff', title: $localize`:@@privacy.title:Privacy` },
    { path: 'blocked', icon: 'block', title: $localize`:@@blocked.title:Blocked people` },
    { path: 'data', icon: 'download', title: $localize`:@@data.title:Your data` },
  ];
}
