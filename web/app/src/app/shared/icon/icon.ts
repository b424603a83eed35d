import { Component, computed, input } from '@angular/core';
import { ICON_PATHS, IconName } from './icon-paths';

/** An icon in the colour of the text. It is decoration: the control around it has the label. */
@Component({
  selector: 'app-icon',
  template: `<svg viewBox="0 0 24 24" [attr.width]="size()" [attr.height]="size()" aria-hidden="true">
    <path [attr.d]="path()" />
  </svg>`,
  styles: ':host { display: inline-block; flex: none; }',
})
export class Icon {
  readonly name = input.required<IconName>();
  readonly size = input(24);
  protected readonly path = computed(() => ICON_PATHS[this.name()]);
}
