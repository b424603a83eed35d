import { DOCUMENT, effect, inject, untracked } from '@angular/core';
import { Router } from '@angular/router';
import type { SessionState } from '@paloma/client';
import { PALOMA } from '../paloma';
import { readableSignal } from '../readable';

/** Leads to the chats after a login, and to the login after the session's end: in this tab or in another one. */
export function followSession(): void {
  const router = inject(Router);
  const { location } = inject(DOCUMENT);
  const state = readableSignal(inject(PALOMA).session.state);
  let last: SessionState | undefined;
  effect(() => {
    const now = state();
    const before = last;
    last = now;
    if (before?.kind === 'signedIn' && now.kind === 'signedIn') {
      // A suspended tab wakes up with another user: nothing of the first one may stay on the screen.
      if (before.user.userId !== now.user.userId) location.assign('chats');
      return;
    }
    const { kind } = now;
    if (before === undefined || before.kind === 'starting' || before.kind === kind) return;
    untracked(() => {
      if (kind === 'signedIn') void router.navigateByUrl(nextOf(router));
      else if (kind === 'signedOut') void router.navigate(['/login']);
    });
  });
}

/** The page that the user asked for before the login. It never leads out of the app. */
function nextOf(router: Router): string {
  const next: unknown = router.parseUrl(router.url).queryParams['next'];
  return typeof next === 'string' && /^[\w-]/.test(next) ? `/${next}` : '/chats';
}
