import { Signal, computed, inject } from '@angular/core';
import type { User } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';

/** The signed-in user. `undefined` for a moment during a logout. */
export function meSignal(): Signal<User | undefined> {
  const state = readableSignal(inject(PALOMA).session.state);
  return computed(() => {
    const now = state();
    return now.kind === 'signedIn' ? now.user : undefined;
  });
}

export function wrongPasswordText(): string {
  return $localize`:@@settings.passwordWrong:The password is wrong.`;
}
