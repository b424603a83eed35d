import { inject } from '@angular/core';
import { Toasts } from '../../shared/toast/toasts';
import { Updates } from './updates';

/** A page did not load: the network is gone, or the server has the pages of another version only. */
export function pageMissing(): void {
  if (navigator.onLine) inject(Updates).missing();
  else inject(Toasts).show(offlineText(), 'problem');
}

function offlineText(): string {
  return $localize`:@@update.offline:This page is not on your device yet. Open it again when the network is back.`;
}
