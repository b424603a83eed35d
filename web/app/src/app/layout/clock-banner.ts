import { Component, computed, inject, signal } from '@angular/core';
import { PALOMA } from '../core/paloma';
import { readableSignal } from '../core/readable';
import { durationText } from '../core/wait-text';
import { Banner } from '../shared/banner/banner';

const TOLERANCE_MS = 300_000;

/** Says that this device's clock is wrong: then the times of messages look wrong. */
@Component({
  selector: 'app-clock-banner',
  imports: [Banner],
  template: `@if (isWrong() && !dismissed()) {
    <app-banner kind="warning" data-testid="clock-wrong">
      @if (skew() > 0) {
        <span i18n="@@clock.slow">
          This device's clock is {{ amount() }} slow, so times may look wrong. Correct it in the device's settings.
        </span>
      } @else {
        <span i18n="@@clock.fast">
          This device's clock is {{ amount() }} fast, so times may look wrong. Correct it in the device's settings.
        </span>
      }
      <button type="button" (click)="dismissed.set(true)" i18n="@@clock.dismiss">Close</button>
    </app-banner>
  }`,
  host: { role: 'status' },
})
export class ClockBanner {
  protected readonly skew = readableSignal(inject(PALOMA).connection.clockSkew);
  protected readonly dismissed = signal(false);
  protected readonly isWrong = computed(() => Math.abs(this.skew()) > TOLERANCE_MS);
  protected readonly amount = computed(() => durationText(Math.abs(this.skew())));
}
