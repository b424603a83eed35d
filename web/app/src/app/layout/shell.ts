import { Dialog } from '@angular/cdk/dialog';
import { Component, DestroyRef, ElementRef, computed, inject, viewChild } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { Notifications } from '../core/notifications/notifications';
import { pathSignal } from '../core/url';
import { warnBeforeLeaving } from '../core/warn-before-leaving';
import { SendingTexts } from '../features/conversation/composer/sending-texts';
import { NewChats } from '../features/conversation/new-chats';
import { ClockBanner } from './clock-banner';
import { ConnectionBanner } from './connection-banner';
import { Navigation } from './navigation';
import { StorageBanner } from './storage-banner';
import { UpdateBanner } from './update-banner';

/** The frame of all pages of a signed-in user. */
@Component({
  selector: 'app-shell',
  imports: [ClockBanner, ConnectionBanner, Navigation, RouterOutlet, StorageBanner, UpdateBanner],
  // They end with the session.
  providers: [NewChats, SendingTexts],
  templateUrl: './shell.html',
  styleUrl: './shell.scss',
})
export class Shell {
  readonly #path = pathSignal();
  /** Narrow pages with a bar: the lists, `/chats` and `/settings`. */
  protected readonly isList = computed(() => this.#path().split('/').length <= 2);
  private readonly content = viewChild.required<ElementRef<HTMLElement>>('content');

  constructor() {
    inject(Notifications);
    warnBeforeLeaving();
    const dialogs = inject(Dialog);
    // Another tab may log out while a dialog shows chats here.
    inject(DestroyRef).onDestroy(() => dialogs.closeAll());
  }

  /** A link to `#content` alone would leave the page, since addresses are relative to the base. */
  protected skip(event: Event): void {
    event.preventDefault();
    const main = this.content().nativeElement;
    (main.querySelector<HTMLElement>('#detail textarea, #detail h1[tabindex]') ?? main).focus();
  }
}
