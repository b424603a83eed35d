import { Component, input, output } from '@angular/core';

/** A setting that is on or off, with its label. A click asks for a change; the switch shows it when it has happened. */
@Component({
  selector: 'app-switch',
  template: `<button
    type="button"
    role="switch"
    [attr.aria-checked]="checked()"
    [disabled]="disabled()"
    (click)="checkedChange.emit(!checked())"
  >
    <span class="text">
      <span class="label">{{ label() }}</span>
      @if (hint(); as text) {
        <span class="hint">{{ text }}</span>
      }
    </span>
    <span class="track"></span>
  </button>`,
  styleUrl: './switch.scss',
})
export class Switch {
  readonly checked = input(false);
  readonly checkedChange = output<boolean>();
  readonly label = input.required<string>();
  readonly hint = input<string>();
  readonly disabled = input(false);
}
