import { DestroyRef, Signal, computed, inject, signal } from '@angular/core';
import type { Profile } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';
import { deletedUser } from '../chats/chat-name';

/**
 * Names of members by user id. Read it in a template or a computed signal: it changes when a name becomes known.
 *
 * @param unknown The name of erased members, and of others until their profiles are loaded.
 */
export function injectNames(
  members: () => readonly Profile[],
  unknown: string = deletedUser(),
): (userId: string) => string {
  const { people, session } = inject(PALOMA);
  const user = readableSignal(session.state);
  const destroyed = inject(DestroyRef);
  const byId = computed(() => new Map(members().map(({ userId, name }) => [userId, name])));
  const others = new Map<string, Signal<Profile | undefined>>();

  const other = (userId: string): Signal<Profile | undefined> => {
    const known = others.get(userId);
    if (known !== undefined) return known;
    const readable = people.get(userId);
    const profile = signal(readable.value);
    destroyed.onDestroy(readable.subscribe((value) => profile.set(value)));
    others.set(userId, profile);
    return profile;
  };

  return (userId) => {
    const state = user();
    if (state.kind === 'signedIn' && state.user.userId === userId) return $localize`:@@members.you:You`;
    return byId().get(userId) ?? other(userId)()?.name ?? unknown;
  };
}
