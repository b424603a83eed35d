import { DOCUMENT, Injectable, inject } from '@angular/core';
import { Toasts } from '../shared/toast/toasts';

/** Opens links in a new window, and says so if the browser refuses it: a link alone would then do nothing. */
@Injectable({ providedIn: 'root' })
export class NewWindow {
  readonly #window = inject(DOCUMENT).defaultView;
  readonly #toasts = inject(Toasts);

  /** For the click on a link. Clicks with a modifier key, and addresses of other programs, stay the browser's. */
  openFrom(click: MouseEvent, url: string): void {
    const isPlain = !(click.ctrlKey || click.metaKey || click.shiftKey || click.altKey);
    if (!isPlain || !/^https?:/i.test(url)) return;
    click.preventDefault();
    // With the feature `noopener`, the browser would not say whether it has opened the window.
    const opened = this.#window?.open(url, '_blank');
    if (opened) opened.opener = null;
    else this.#toasts.show(refusedText(), 'problem');
  }
}

function refusedText(): string {
  return $localize`:@@link.refused:The browser did not open a new window. Allow pop-ups, or copy the message's text.`;
}
