import { inject } from '@angular/core';
import { CanMatchFn, RedirectCommand, Router } from '@angular/router';
import { PALOMA } from '../paloma';
import { settled } from './settled';

/** For users with a session. Others log in first, and come back. */
export const signedIn: CanMatchFn = async (_route, segments) => {
  const router = inject(Router);
  const state = await settled(inject(PALOMA).session);
  if (state.kind === 'signedIn') return true;
  const next = segments.map(({ path }) => path).join('/');
  return new RedirectCommand(router.createUrlTree(['/login'], { queryParams: next === '' ? {} : { next } }));
};

export const signedOut: CanMatchFn = async () => {
  const state = await settled(inject(PALOMA).session);
  return state.kind === 'signedOut';
};
