import { DOCUMENT, DestroyRef, inject } from '@angular/core';
import { PALOMA } from './paloma';

/** Lets the browser ask before it closes or loads the page again, while typed texts are in memory alone. */
export function warnBeforeLeaving(): void {
  const { storage, outbox, drafts } = inject(PALOMA);
  const window = inject(DOCUMENT).defaultView;
  const warn = (event: BeforeUnloadEvent): void => {
    const isStored = storage.value.kind === 'persistent' || storage.value.kind === 'evictable';
    if (!isStored && (outbox.entries.value.length > 0 || drafts.all.value.size > 0)) event.preventDefault();
  };
  window?.addEventListener('beforeunload', warn);
  inject(DestroyRef).onDestroy(() => window?.removeEventListener('beforeunload', warn));
}
