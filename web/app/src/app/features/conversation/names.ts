import { DestroyRef, Signal, computed, inject, signal } from '@angular/core';
import type { Profile } from '@paloma/client';
import { PALOMA } from '../../core/paloma';

/** Names of members by user id. Read it in a template or a computed signal: it changes when a name becomes known. */
export function injectNames(members: () => readonly Profile[]): (userId: string) => string {
  const { people } = inject(PALOMA);
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

  return (userId) =>
    byId().get(userId) ?? other(userId)()?.name ?? $localize`:@@conversation.formerMember:Former member`;
}
