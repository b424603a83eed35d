import { Signal, computed, effect, signal } from '@angular/core';
import type { ConnectionState } from '@paloma/client';

/** A shorter interruption shows nothing. */
const PATIENCE_MS = 2_000;

/** The connection's state while it is in trouble; `undefined` while it is open or was open just now. */
export function troubleSignal(state: Signal<ConnectionState>): Signal<ConnectionState | undefined> {
  const isOpen = computed(() => ['open', 'off'].includes(state().kind));
  const lasting = signal(false);
  effect((cleanup) => {
    lasting.set(false);
    if (isOpen()) return;
    const timer = setTimeout(() => lasting.set(true), PATIENCE_MS);
    cleanup(() => clearTimeout(timer));
  });
  return computed(() => {
    const now = state();
    const shows = now.kind === 'offline' || (lasting() && !isOpen());
    return shows ? now : undefined;
  });
}

/** Whole seconds until a time, counting down. 0 without a time. */
export function countdownSignal(until: Signal<number | undefined>): Signal<number> {
  const now = signal(Date.now());
  effect((cleanup) => {
    if (until() === undefined) return;
    now.set(Date.now());
    const timer = setInterval(() => now.set(Date.now()), 250);
    cleanup(() => clearInterval(timer));
  });
  return computed(() => Math.max(0, Math.ceil(((until() ?? 0) - now()) / 1_000)));
}
