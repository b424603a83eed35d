import { Component, input, output } from '@angular/core';
import type { Reaction } from '@paloma/client';
import { peopleText } from './people-text';

/**
 * The reactions under a message. A click adds the user's own, or removes it. The people are the description of the
 * button: screen readers read them after its name.
 */
@Component({
  selector: 'app-reaction-row',
  template: `@for (reaction of reactions(); track reaction.emoji) {
    <li>
      @if (mayReact()) {
        <button
          type="button"
          class="reaction"
          data-testid="reaction"
          [attr.aria-pressed]="reaction.own"
          [title]="people(reaction)"
          (click)="toggled.emit(reaction.emoji)"
        >
          {{ reaction.emoji }} {{ reaction.count }}
        </button>
      } @else {
        <span class="reaction" data-testid="reaction" [class.own]="reaction.own" [title]="people(reaction)">
          {{ reaction.emoji }} {{ reaction.count }}
          <span class="visually-hidden">{{ people(reaction) }}</span>
        </span>
      }
    </li>
  }`,
  styleUrl: './reaction-row.scss',
  host: { role: 'list', '[attr.aria-label]': 'title' },
})
export class ReactionRow {
  readonly reactions = input.required<readonly Reaction[]>();
  readonly mayReact = input.required<boolean>();
  readonly nameOf = input.required<(userId: string) => string>();
  readonly toggled = output<string>();

  protected readonly title = $localize`:@@reactions.title:Reactions`;

  protected people(reaction: Reaction): string {
    return peopleText(reaction, this.nameOf());
  }
}
