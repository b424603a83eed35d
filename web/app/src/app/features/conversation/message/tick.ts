import { Component, computed, input } from '@angular/core';
import type { Tick as TickState } from '@paloma/client';

const CLOCK = 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM8 4.5V8l2.25 1.5';
const ONE = 'm3.5 8.5 3 3 6-7';
const TWO = 'm.75 8.5 3 3 6-7M7.5 10.6l.9.9 6-7';
const FAILED = 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM8 4.75v4M8 11v.25';

/** The state of an own message: a clock, one tick, two, or two in colour. */
@Component({
  selector: 'app-tick',
  template: `<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path [attr.d]="path()" /></svg
    ><span class="visually-hidden">{{ text() }}</span>`,
  host: { 'data-testid': 'tick', '[attr.data-tick]': 'tick()' },
  styles: `
    :host {
      display: inline-flex;
      vertical-align: -3px;
    }
    :host([data-tick='read']) {
      color: var(--tick-read);
    }
    :host([data-tick='failed']) {
      color: var(--danger);
    }
    path {
      fill: none;
      stroke: currentColor;
      stroke-width: 1.5;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
  `,
})
export class Tick {
  readonly tick = input.required<TickState>();

  protected readonly path = computed(() => {
    switch (this.tick()) {
      case 'queued':
        return CLOCK;
      case 'failed':
        return FAILED;
      case 'sent':
        return ONE;
      case 'delivered':
      case 'read':
        return TWO;
    }
  });

  protected readonly text = computed(() => {
    switch (this.tick()) {
      case 'queued':
        return $localize`:@@tick.queued:Waiting to be sent`;
      case 'failed':
        return $localize`:@@tick.failed:Not sent`;
      case 'sent':
        return $localize`:@@tick.sent:Sent`;
      case 'delivered':
        return $localize`:@@tick.delivered:Delivered`;
      case 'read':
        return $localize`:@@tick.read:Read`;
    }
  });
}
