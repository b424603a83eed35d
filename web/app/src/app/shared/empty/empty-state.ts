import { Component, input } from '@angular/core';
import { Icon } from '../icon/icon';
import type { IconName } from '../icon/icon-paths';

/** Says why a view is empty, and how to continue. */
@Component({
  selector: 'app-empty-state',
  imports: [Icon],
  template: `<app-icon [name]="icon()" [size]="40" />
    <p class="title">{{ title() }}</p>
    <div class="more"><ng-content /></div>`,
  styles: `
    :host {
      display: flex;
      flex-direction: column;
      gap: var(--space-2);
      align-items: center;
      justify-content: center;
      margin: auto;
      padding: var(--space-6) var(--space-4);
      color: var(--text-muted);
      text-align: center;
    }
    .title {
      color: var(--text);
      font-weight: 600;
    }
    .more {
      max-width: 28rem;
      font-size: var(--font-s);
    }
  `,
})
export class EmptyState {
  readonly icon = input.required<IconName>();
  readonly title = input.required<string>();
}
