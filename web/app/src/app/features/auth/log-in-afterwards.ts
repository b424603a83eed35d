import { inject } from '@angular/core';
import { Router } from '@angular/router';
import { PALOMA } from '../../core/paloma';
import { Toasts } from '../../shared/toast/toasts';
import { navigateWithAddress } from './address';

/** Logs in with the password that was just set. An account that asks for a code too gets the login page. */
export function injectLogInAfterwards(): (credentials: { email: string; password: string }) => Promise<void> {
  const { session } = inject(PALOMA);
  const router = inject(Router);
  const toasts = inject(Toasts);
  return async (credentials) => {
    const result = await session.logIn(credentials).catch(() => undefined);
    if (result?.kind === 'signedIn') return;
    await navigateWithAddress(router, '/login', credentials.email);
    toasts.show($localize`:@@auth.passwordSet:Your password is set. Log in with it now.`);
  };
}
