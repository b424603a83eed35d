import { Component, computed, inject, input } from '@angular/core';
import { NewWindow } from '../../../core/new-window';
import { isLargeEmoji } from '../text/large-emoji';
import { segments } from '../text/segments';

/** The text of a message, with its links. Its direction is that of its first letter. */
@Component({
  selector: 'app-message-text',
  template: `@for (segment of segments(); track $index) {
    @if (segment.href; as href) {
      <a
        [href]="href"
        target="_blank"
        rel="noopener noreferrer nofollow"
        dir="auto"
        (click)="window.openFrom($event, href)"
        >{{ segment.text }}</a
      >
    } @else {
      <ng-container>{{ segment.text }}</ng-container>
    }
  }`,
  host: { 'data-testid': 'message-text', '[class.large]': 'large()' },
  styles: `
    :host {
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    :host(.large) {
      font-size: 2.5rem;
      line-height: 3rem;
    }
    a {
      color: inherit;
      text-decoration: underline;
      text-underline-offset: 2px;
    }
  `,
})
export class MessageText {
  readonly text = input.required<string>();

  protected readonly window = inject(NewWindow);
  protected readonly segments = computed(() => segments(this.text()));
  protected readonly large = computed(() => isLargeEmoji(this.text()));
}
