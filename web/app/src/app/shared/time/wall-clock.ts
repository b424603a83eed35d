import { DestroyRef, DOCUMENT, Injectable, Signal, computed, effect, inject, signal, untracked } from '@angular/core';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';
import { startOfDay } from './days';

const MINUTE_MS = 60_000;

/**
 * The present minute and day by the server's clock, as all times of messages are: the device's clock may be wrong.
 * Texts that read them change by themselves, also after the device has slept.
 */
@Injectable({ providedIn: 'root' })
export class WallClock {
  readonly #skew = readableSignal(inject(PALOMA).connection.clockSkew);
  readonly #minute = signal(minuteOf(this.now()));
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
    effect(() => {
      this.#skew();
      untracked(tick);
    });
  }

  /** Epoch milliseconds. */
  now(): number {
    return Date.now() + untracked(this.#skew);
  }

  #tick(): void {
    const now = this.now();
    this.#minute.set(minuteOf(now));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), MINUTE_MS - (now % MINUTE_MS));
  }
}

function minuteOf(time: number): number {
  return time - (time % MINUTE_MS);
}
