import { DestroyRef, DOCUMENT, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Dialog } from '@angular/cdk/dialog';

/** Whether a dialog covers the view, and a call for each time that the user may see the view again. */
export function injectAttention(returned: () => void): { covered: () => boolean } {
  const dialogs = inject(Dialog);
  const document = inject(DOCUMENT);
  const window = document.defaultView;
  document.addEventListener('visibilitychange', returned);
  window?.addEventListener('focus', returned);
  dialogs.afterAllClosed.pipe(takeUntilDestroyed()).subscribe(returned);
  inject(DestroyRef).onDestroy(() => {
    document.removeEventListener('visibilitychange', returned);
    window?.removeEventListener('focus', returned);
  });
  return { covered: () => dialogs.openDialogs.length > 0 };
}
