import { Component, computed, input } from '@angular/core';
import { pathSignal } from '../core/url';

/** A list and the part that it opens: side by side if the page is wide, otherwise one of them. */
@Component({
  selector: 'app-panes',
  template: `<section class="list" [attr.aria-label]="label()"><ng-content select="[pane=list]" /></section>
    <section class="detail" id="detail"><ng-content /></section>`,
  styleUrl: './panes.scss',
  host: { '[class.detail-open]': 'detailOpen()' },
})
export class Panes {
  /** The name of the list, for screen readers. */
  readonly label = input.required<string>();
  /** The address of the list: a longer address opens a detail. */
  readonly path = input.required<string>();
  readonly #now = pathSignal();
  protected readonly detailOpen = computed(() => this.#now() !== this.path());
}
