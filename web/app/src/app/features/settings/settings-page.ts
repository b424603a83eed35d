import { Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Icon } from '../../shared/icon/icon';

/** The frame of one setting. */
@Component({
  selector: 'app-settings-page',
  imports: [Icon, RouterLink],
  template: `<header>
      <a class="icon-button" routerLink="/settings" aria-label="Back to the settings" i18n-aria-label="@@settings.back">
        <app-icon name="back" />
      </a>
      <h1>{{ heading() }}</h1>
    </header>
    <div class="scroller">
      <div class="content"><ng-content /></div>
    </div>`,
  styleUrl: './settings-page.scss',
})
export class SettingsPage {
  readonly heading = input.required<string>();
}
