import { Component, computed, inject, signal } from '@angular/core';
import { PALOMA } from '../core/paloma';
import { readableSignal } from '../core/readable';
import { waitText } from '../core/wait-text';
import { Banner } from '../shared/banner/banner';

const TOLERANCE_MS = 300_000;

/** Says that this device's clock is wrong: then the times of messages look wrong. */
@Component({
  selector: 'app-clock-banner',
  imports: [Banner],
  template: `@if (text() && !dismissed()) {
    <app-banner kind="warning" data-testid="clock-wrong">
      {{ text() }}
      <button type="button" (click)="dismissed.set(true)" i18n="@@clock.dismiss">Close</button>
    </app-banner>
  }`,
  host: { role: 'status' },
})
export class ClockBanner {
  readonly #skew = readableSignal(inject(PALOMA).connection.clockSkew);
  protected readonly dismissed = signal(false);
  protected readonly text = computed(() => {
    const skew = this.#skew();
    if (Math.abs(skew) <= TOLERANCE_MS) return undefined;
    const amount = waitText(Math.abs(skew));
    return skew > 0
      ? $localize`:@@clock.slow:This device's clock is ${amount}:amount: slow, so times may look wrong. Correct it in the device's settings.`
      : $localize`:@@clock.fast:This device's clock is ${amount}:amount: fast, so times may look wrong. Correct it in the device's settings.`;
  });
}
