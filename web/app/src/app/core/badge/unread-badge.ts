import { DOCUMENT, Injectable, effect, inject } from '@angular/core';
import { PALOMA } from '../paloma';
import { readableSignal } from '../readable';
import { badgeIcon } from './badge-icon';
import { PageTitles } from './page-titles';

/** Shows the number of unread messages in the title, in the favicon, and on the icon of the installed app. */
@Injectable({ providedIn: 'root' })
export class UnreadBadge {
  readonly #document = inject(DOCUMENT);
  readonly #titles = inject(PageTitles);
  readonly #unread = readableSignal(inject(PALOMA).chats.unread);

  constructor() {
    effect(() => {
      const page = this.#titles.title();
      const unread = this.#unread();
      const name = page === '' ? 'Paloma' : `${page} · Paloma`;
      this.#document.title = unread > 0 ? `(${String(unread)}) ${name}` : name;
    });
    effect(() => this.#mark(this.#unread()));
  }

  #mark(unread: number): void {
    this.#document.querySelector('link[rel="icon"]')?.setAttribute('href', unread > 0 ? badgeIcon(unread) : 'icon.svg');
    const badge: Partial<Pick<Navigator, 'setAppBadge'>> = navigator;
    // Only an installed app has a badge.
    badge.setAppBadge?.(unread).catch(() => undefined);
  }
}
