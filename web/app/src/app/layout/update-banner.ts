import { Component, inject } from '@angular/core';
import { Updates } from '../core/updates/updates';
import { Banner } from '../shared/banner/banner';

@Component({
  selector: 'app-update-banner',
  imports: [Banner],
  template: `@if (updates.available()) {
    <app-banner icon="refresh" data-testid="update-available">
      <span i18n="@@update.available">A new version of Paloma is ready. Your drafts and unsent messages stay.</span>
      <button type="button" (click)="updates.reload()" i18n="@@update.reload">Load it</button>
    </app-banner>
  }`,
  host: { role: 'status' },
})
export class UpdateBanner {
  protected readonly updates = inject(Updates);
}
