import { Component, input } from '@angular/core';

/** Something is loading. Give it a label unless the control around it says so. */
@Component({
  selector: 'app-spinner',
  template: `<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9" pathLength="100" /></svg>
    @if (label(); as text) {
      <span class="visually-hidden" role="status">{{ text }}</span>
    }`,
  styles: `
    :host {
      display: inline-block;
      width: 1.25em;
      height: 1.25em;
    }
    svg {
      width: 100%;
      height: 100%;
      animation: turn 900ms linear infinite;
    }
    circle {
      stroke-width: 2.5;
      stroke-dasharray: 65 35;
    }
    @keyframes turn {
      to {
        transform: rotate(360deg);
      }
    }
  `,
})
export class Spinner {
  readonly label = input<string>();
}
