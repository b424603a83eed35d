import { Component, computed, input, output } from '@angular/core';
import { Icon } from '../../../shared/icon/icon';
import type { ComposerContext } from '../message-changes';

/** Stands above the composer: the message that it edits or answers, and the way back. */
@Component({
  selector: 'app-composer-context',
  imports: [Icon],
  template: `<app-icon [name]="context().kind === 'edit' ? 'edit' : 'reply'" [size]="20" />
    <div class="text" role="status">
      <strong dir="auto">{{ title() }}</strong>
      <span dir="auto">{{ context().row.content }}</span>
    </div>
    <button
      type="button"
      class="icon-button"
      (click)="closed.emit()"
      aria-label="Cancel"
      i18n-aria-label="@@composer.cancel"
    >
      <app-icon name="close" [size]="20" />
    </button>`,
  styleUrl: './composer-context.scss',
  host: { 'data-testid': 'composer-context' },
})
export class ComposerContextBar {
  readonly context = input.required<ComposerContext>();
  readonly sender = input.required<string>();
  readonly closed = output();

  protected readonly title = computed(() =>
    this.context().kind === 'edit'
      ? $localize`:@@composer.editing:Edit message`
      : $localize`:@@composer.replying:Reply to ${this.sender()}:name:`,
  );
}
