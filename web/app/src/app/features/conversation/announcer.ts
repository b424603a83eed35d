import { Signal, effect, inject } from '@angular/core';
import { LiveAnnouncer } from '@angular/cdk/a11y';
import type { ConversationState, Row } from '@paloma/client';

/** Arrivals are among the last rows: unsent rows of the user may follow them. */
const LOOK_BACK_ROWS = 200;
const LONGEST_TEXT = 300;

/** Reads each message of another member aloud, once, as it arrives. History stays silent. */
export function injectAnnouncer(state: Signal<ConversationState>, nameOf: (userId: string) => string): void {
  const announcer = inject(LiveAnnouncer);
  let known: Set<string> | undefined;
  effect(() => {
    const { phase, rows } = state();
    if (phase !== 'ready') return;
    const live = rows.slice(-LOOK_BACK_ROWS).filter((row) => row.live && !row.own);
    const before = known ?? new Set(live.map(({ key }) => key));
    const fresh = live.filter(({ key }) => !before.has(key));
    known = new Set([...before, ...fresh.map(({ key }) => key)]);
    if (fresh.length > 0) void announcer.announce(fresh.map(spoken).join('. '), 'polite');
  });

  const spoken = (row: Row): string =>
    $localize`:@@conversation.announced:${nameOf(row.senderId)}:name:: ${row.content.slice(0, LONGEST_TEXT)}:text:`;
}
