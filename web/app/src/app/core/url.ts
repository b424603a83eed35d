import { Signal, computed, inject } from '@angular/core';
import { Router } from '@angular/router';

/** The path of the page, without query: `/chats/1`. */
export function pathSignal(): Signal<string> {
  const router = inject(Router);
  return computed(() => {
    router.lastSuccessfulNavigation();
    return router.url.split(/[?#]/, 1)[0] ?? '';
  });
}

/** A text that the last page handed on in the history, which keeps it over a reload. `undefined` without one. */
export function handedText(key: string): string | undefined {
  const state: unknown = history.state;
  const text = typeof state === 'object' && state !== null ? (state as Record<string, unknown>)[key] : undefined;
  return typeof text === 'string' ? text : undefined;
}
