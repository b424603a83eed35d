import { DestroyRef, Signal, effect, inject } from '@angular/core';
import { LiveAnnouncer } from '@angular/cdk/a11y';
import type { ConversationState, Row } from '@paloma/client';
import { injectMyId } from '../../core/session/my-id';
import { noticeText } from '../groups/notice-text';

/** Arrivals are among the last rows: unsent rows of the user may follow them. */
const LOOK_BACK_ROWS = 200;
const LONGEST_TEXT = 300;

/** Arrivals within this time are read together: a later announcement would replace the one before it. */
const GATHER_MS = 300;

/** Reads each message of another member aloud, once, as it arrives. History stays silent. */
export function injectAnnouncer(state: Signal<ConversationState>, nameOf: (userId: string) => string): void {
  const announcer = inject(LiveAnnouncer);
  const me = injectMyId();
  const waiting: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let known: ReadonlySet<string> | undefined;

  const announce = (): void => {
    timer = undefined;
    void announcer.announce(waiting.splice(0).join('. '), 'polite');
  };
  effect(() => {
    const { phase, rows } = state();
    if (phase !== 'ready') return;
    const live = rows.slice(-LOOK_BACK_ROWS).filter((row) => row.live && !row.own && row.kind !== 'deleted');
    const before = known;
    known = new Set(live.map(({ key }) => key));
    // Rows that the conversation has at its opening count as history.
    const fresh = before === undefined ? [] : live.filter(({ key }) => !before.has(key));
    if (fresh.length === 0) return;
    waiting.push(...fresh.map((row) => spoken(row, me(), nameOf)));
    timer ??= setTimeout(announce, GATHER_MS);
  });
  inject(DestroyRef).onDestroy(() => clearTimeout(timer));
}

function spoken(
  { senderId, content, notice }: Row,
  me: string | undefined,
  nameOf: (userId: string) => string,
): string {
  if (notice !== undefined) return noticeText({ notice, senderId }, { me, nameOf });
  const text = content.slice(0, LONGEST_TEXT);
  return $localize`:@@conversation.announced:${nameOf(senderId)}:name:: ${text}:text:`;
}
