import { Component, inject } from '@angular/core';
import { Button } from '../../../shared/button/button';
import { Dialogs } from '../../../shared/dialog/dialogs';
import { SettingsPage } from '../settings-page';
import { DeleteDialog } from './delete-dialog';
import { ExportPanel } from './export-panel';

/** A copy of the user's data, and the end of the account. */
@Component({
  selector: 'app-data-page',
  imports: [Button, ExportPanel, SettingsPage],
  template: `<app-settings-page heading="Your data" i18n-heading="@@data.title">
    <app-export-panel />
    <section class="stack">
      <h2 i18n="@@delete.title">Delete the account</h2>
      <p class="muted" i18n="@@delete.hint">
        This deletes your profile, your messages and your login for good. Other users see your messages as deleted.
      </p>
      <div class="actions">
        <button type="button" appButton="danger" (click)="erase()" i18n="@@delete.open">Delete the account…</button>
      </div>
    </section>
  </app-settings-page>`,
})
export class DataPage {
  readonly #dialogs = inject(Dialogs);

  protected erase(): void {
    this.#dialogs.open(DeleteDialog);
  }
}
