import { Router } from '@angular/router';

/** Hands an email address to the next page: in the history, since a URL may end up in logs. */
export function navigateWithAddress(router: Router, path: string, email: string): Promise<boolean> {
  return router.navigate([path], { state: { email }, queryParamsHandling: 'preserve' });
}

/** The address that the last page handed on. Empty without one. */
export function handedAddress(): string {
  const state: unknown = history.state;
  const email = typeof state === 'object' && state !== null && 'email' in state ? state.email : undefined;
  return typeof email === 'string' ? email : '';
}
