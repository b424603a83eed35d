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
