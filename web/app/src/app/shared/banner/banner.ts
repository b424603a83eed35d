import { Component, input } from '@angular/core';
import { Icon } from '../icon/icon';
import type { IconName } from '../icon/icon-paths';

/** A sentence above a view, with buttons to continue. */
@Component({
  selector: 'app-banner',
  imports: [Icon],
  template: `<app-icon [name]="icon()" [size]="20" />
    <p><ng-content /></p>
    <div class="actions"><ng-content select="button, a" /></div>`,
  styleUrl: './banner.scss',
  host: { '[class]': 'kind()' },
})
export class Banner {
  readonly kind = input<'notice' | 'warning' | 'problem'>('notice');
  readonly icon = input<IconName>('alert');
}
