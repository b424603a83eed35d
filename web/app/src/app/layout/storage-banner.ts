import { Component, computed, inject } from '@angular/core';
import { PALOMA } from '../core/paloma';
import { readableSignal } from '../core/readable';
import { Banner } from '../shared/banner/banner';

/** Says why typed text is not safe on this device, and how to make it safe. */
@Component({
  selector: 'app-storage-banner',
  imports: [Banner],
  template: `@if (text(); as sentence) {
    <app-banner kind="warning" data-testid="storage-problem">
      {{ sentence }}
      @if (reloads()) {
        <button type="button" (click)="reload()" i18n="@@storage.reload">Load again</button>
      }
    </app-banner>
  }`,
  host: { role: 'status' },
})
export class StorageBanner {
  readonly #paloma = inject(PALOMA);
  readonly #state = readableSignal(this.#paloma.storage);
  readonly #unsent = readableSignal(this.#paloma.outbox.entries);
  protected readonly reloads = computed(() => {
    const state = this.#state();
    return state.kind === 'memory' && state.reason !== 'missing';
  });

  protected readonly text = computed(() => {
    const state = this.#state();
    switch (state.kind) {
      case 'persistent':
        return undefined;
      case 'evictable':
        return this.#unsent().length === 0 ? undefined : evictable();
      case 'full':
        return $localize`:@@storage.full:The storage of this device is full: unsent messages may be lost. Free some space.`;
      case 'memory':
        return memory(state.reason);
    }
  });

  protected reload(): void {
    location.reload();
  }
}

function evictable(): string {
  return $localize`:@@storage.evictable:The browser may delete messages that are not sent yet. Keep this page open until they are sent.`;
}

function memory(reason: 'missing' | 'blocked' | 'deleted'): string {
  switch (reason) {
    case 'missing':
      return $localize`:@@storage.missing:This browser lets Paloma store nothing, perhaps because the window is private. Unsent messages and drafts are lost when you close this tab.`;
    case 'blocked':
      return $localize`:@@storage.blocked:Another tab with an older Paloma blocks the storage. Close the other tabs of Paloma, then load this page again.`;
    case 'deleted':
      return $localize`:@@storage.deleted:The browser has deleted Paloma's data on this device. Load the page again to fetch your chats.`;
  }
}
