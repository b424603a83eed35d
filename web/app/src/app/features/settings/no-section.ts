import { Component } from '@angular/core';
import { EmptyState } from '../../shared/empty/empty-state';

/** The place of the open setting, while none is open. */
@Component({
  selector: 'app-no-section',
  imports: [EmptyState],
  template: `<app-empty-state icon="settings" title="Choose what you want to change" i18n-title="@@settings.choose" />`,
  styles: ':host { display: flex; flex: 1; }',
})
export class NoSection {}
