import { Component, computed, input, output } from '@angular/core';
import type { Quote } from '@paloma/client';
import { hueOf } from '../../../shared/avatar/initials';

/** The answered message above its answer. A click goes to it. */
@Component({
  selector: 'app-quote',
  template: `@if (quote().gone) {
      <div class="quote"><em i18n="@@quote.gone">This message is not available</em></div>
    } @else if (quote().seq === undefined) {
      <div class="quote"><em i18n="@@quote.unknown">Answered message</em></div>
    } @else {
      <button type="button" class="quote" [style.--hue]="hue()" (click)="jump.emit()">
        <span class="visually-hidden" i18n="@@quote.label">Reply to:</span>
        <strong dir="auto">{{ sender() }}</strong>
        <span class="preview" dir="auto">{{ quote().preview }}</span>
      </button>
    }`,
  styleUrl: './quote.scss',
  host: { 'data-testid': 'quote' },
})
export class MessageQuote {
  readonly quote = input.required<Quote>();
  readonly sender = input.required<string>();
  /** Asks for the answered message. */
  readonly jump = output();

  protected readonly hue = computed(() => hueOf(this.quote().senderId ?? ''));
}
