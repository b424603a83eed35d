import { Component, inject, input } from '@angular/core';
import { Button } from '../button/button';
import { Icon } from '../icon/icon';
import { Toasts } from '../toast/toasts';

/** Copies a text, and says so. */
@Component({
  selector: 'app-copy-button',
  imports: [Button, Icon],
  template: `<button type="button" appButton="secondary" (click)="copy()">
    <app-icon name="copy" [size]="20" />
    <span i18n="@@copy.submit">Copy</span>
  </button>`,
})
export class CopyButton {
  readonly text = input.required<string>();
  readonly #toasts = inject(Toasts);

  protected async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text());
      this.#toasts.show($localize`:@@copy.done:Copied.`);
    } catch {
      this.#toasts.show(
        $localize`:@@copy.refused:The browser does not let Paloma copy. Select the text instead.`,
        'problem',
      );
    }
  }
}
