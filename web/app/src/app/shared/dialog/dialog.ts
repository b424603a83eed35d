import { Component, inject, input } from '@angular/core';
import { DialogRef } from '@angular/cdk/dialog';
import { Icon } from '../icon/icon';
import { titleOf } from './title-of';

/** The frame of a dialog: title, content, and buttons with the attribute `dialogAction`. Open it with `Dialogs`. */
@Component({
  selector: 'app-dialog',
  imports: [Icon],
  template: `<header>
      <h1 [id]="title" tabindex="-1">{{ heading() }}</h1>
      <button
        type="button"
        class="icon-button"
        aria-label="Close"
        i18n-aria-label="@@dialog.close"
        (click)="dialog.close()"
      >
        <app-icon name="close" />
      </button>
    </header>
    <div class="content"><ng-content /></div>
    <div class="actions"><ng-content select="[dialogAction]" /></div>`,
  styles: `
    header {
      display: flex;
      gap: var(--space-2);
      align-items: center;
      padding: var(--space-3) var(--space-3) 0 var(--space-5);
    }
    h1 {
      flex: 1;
      overflow-wrap: anywhere;
    }
    .content {
      padding: var(--space-3) var(--space-5) var(--space-5);
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: var(--space-3);
      justify-content: flex-end;
      padding: 0 var(--space-5) var(--space-5);

      &:empty {
        display: none;
      }
    }
  `,
})
export class DialogFrame {
  readonly heading = input.required<string>();
  protected readonly dialog = inject(DialogRef);
  protected readonly title = titleOf(this.dialog.id);
}
