import { effect, inject, untracked } from '@angular/core';
import { Router } from '@angular/router';
import { PALOMA } from '../paloma';
import { readableSignal } from '../readable';

/** Leads to the chats after a login, and to the login after the session's end: in this tab or in another one. */
export function followSession(): void {
  const router = inject(Router);
  const state = readableSignal(inject(PALOMA).session.state);
  let last: string | undefined;
  effect(() => {
    const { kind } = state();
    const changed = last !== undefined && last !== 'starting' && last !== kind;
    last = kind;
    if (!changed) return;
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
