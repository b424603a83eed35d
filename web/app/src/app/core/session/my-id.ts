import { Signal, computed, inject } from '@angular/core';
import { PALOMA } from '../paloma';
import { readableSignal } from '../readable';

/** The id of the signed-in user. */
export function injectMyId(): Signal<string | undefined> {
  const state = readableSignal(inject(PALOMA).session.state);
  return computed(() => {
    const now = state();
    return now.kind === 'signedIn' ? now.user.userId : undefined;
  });
}
