import { Component, input } from '@angular/core';
import { Spinner } from '../spinner/spinner';

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger';

/** A button, or a link that looks like one. While `busy`, it shows a spinner and ignores clicks. */
@Component({
  selector: 'button[appButton], a[appButton]',
  imports: [Spinner],
  template: `<ng-content />
    @if (busy()) {
      <app-spinner />
    }`,
  styleUrl: './button.scss',
  host: {
    '[class]': 'appButton() || "primary"',
    '[class.busy]': 'busy()',
    '[attr.aria-busy]': 'busy() || null',
    '[attr.aria-disabled]': 'busy() || null',
    '(click)': 'stop($event)',
  },
})
export class Button {
  readonly appButton = input<ButtonKind | ''>('');
  readonly busy = input(false);

  protected stop(event: Event): void {
    if (!this.busy()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}
