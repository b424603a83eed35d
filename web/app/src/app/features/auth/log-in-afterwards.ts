import { Router } from '@angular/router';
import type { Session } from '@paloma/client';
import type { Toasts } from '../../shared/toast/toasts';
import { navigateWithAddress } from './address';

interface Surroundings {
  readonly session: Session;
  readonly router: Router;
  readonly toasts: Toasts;
}

/** Logs in with the password that was just set. An account that asks for a code too gets the login page. */
export async function logInAfterwards(
  { session, router, toasts }: Surroundings,
  credentials: { email: string; password: string },
): Promise<void> {
  const result = await session.logIn(credentials).catch(() => undefined);
  if (result?.kind === 'signedIn') return;
  await navigateWithAddress(router, '/login', credentials.email);
  toasts.show($localize`:@@auth.passwordSet:Your password is set. Log in with it now.`);
}
