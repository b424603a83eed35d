import { Component, computed, inject } from '@angular/core';
import { countdownSignal, troubleSignal } from '../core/connection/trouble';
import { PALOMA } from '../core/paloma';
import { readableSignal } from '../core/readable';
import { Banner } from '../shared/banner/banner';

/** Says that messages are not live now, and when the next try is. */
@Component({
  selector: 'app-connection-banner',
  imports: [Banner],
  templateUrl: './connection-banner.html',
  host: { role: 'status' },
})
export class ConnectionBanner {
  protected readonly connection = inject(PALOMA).connection;
  protected readonly trouble = troubleSignal(readableSignal(this.connection.state));
  readonly #retryAt = computed(() => {
    const state = this.trouble();
    return state?.kind === 'waiting' ? state.retryAt : undefined;
  });
  protected readonly seconds = countdownSignal(this.#retryAt);
}
