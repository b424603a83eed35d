import { DestroyRef, DOCUMENT, Injectable, Signal, computed, inject, signal } from '@angular/core';
import { startOfDay } from './days';

const MINUTE_MS = 60_000;

/** The present minute and day. Texts that read them change by themselves, also after the device has slept. */
@Injectable({ providedIn: 'root' })
export class WallClock {
  readonly #minute = signal(minuteOf(Date.now()));
  /** The start of the present minute, in epoch milliseconds. */
  readonly minute: Signal<number> = this.#minute.asReadonly();
  /** The first moment of the present local day. */
  readonly today = computed(() => startOfDay(this.minute()));
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const document = inject(DOCUMENT);
    const tick = (): void => this.#tick();
    document.addEventListener('visibilitychange', tick);
    inject(DestroyRef).onDestroy(() => {
      document.removeEventListener('visibilitychange', tick);
      clearTimeout(this.#timer);
    });
    this.#tick();
  }

  #tick(): void {
    const now = Date.now();
    this.#minute.set(minuteOf(now));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), MINUTE_MS - (now % MINUTE_MS));
  }
}

function minuteOf(time: number): number {
  return time - (time % MINUTE_MS);
}
