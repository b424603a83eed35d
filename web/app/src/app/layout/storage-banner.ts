import { Component, computed, inject } from '@angular/core';
import { PALOMA } from '../core/paloma';
import { readableSignal } from '../core/readable';
import { Banner } from '../shared/banner/banner';

/** Says why typed text is not safe on this device, and how to make it safe. */
@Component({
  selector: 'app-storage-banner',
  imports: [Banner],
  templateUrl: './storage-banner.html',
  host: { role: 'status' },
})
export class StorageBanner {
  readonly #paloma = inject(PALOMA);
  readonly #state = readableSignal(this.#paloma.storage);
  readonly #unsent = readableSignal(this.#paloma.outbox.entries);
  protected readonly fault = computed(() => {
    const state = this.#state();
    switch (state.kind) {
      case 'persistent':
        return undefined;
      case 'evictable':
        return this.#unsent().length === 0 ? undefined : 'evictable';
      case 'full':
        return 'full';
      case 'memory':
        return state.reason;
    }
  });
  protected readonly reloads = computed(() => this.fault() === 'blocked' || this.fault() === 'deleted');

  protected reload(): void {
    location.reload();
  }
}
