import { Component, input } from '@angular/core';

/** A change of the group, between the messages. */
@Component({
  selector: 'app-system-line',
  template: `<span dir="auto">{{ text() }}</span>`,
  styles: `
    :host {
      display: grid;
      place-items: center;
      padding-block: 0.5rem;
    }
    span {
      max-width: min(90%, 36rem);
      padding: 0.25rem var(--space-3);
      border-radius: var(--radius-m);
      background: var(--surface-raised);
      color: var(--text-muted);
      font-size: 0.8125rem;
      line-height: 1.25rem;
      text-align: center;
      overflow-wrap: anywhere;
      box-shadow: var(--shadow-1);
    }
  `,
  host: { role: 'article', 'data-testid': 'notice', '[attr.data-seq]': 'seq()' },
})
export class SystemLine {
  readonly text = input.required<string>();
  readonly seq = input.required<number | undefined>();
}
