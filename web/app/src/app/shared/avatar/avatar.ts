import { Component, computed, input, linkedSignal } from '@angular/core';
import { Icon } from '../icon/icon';
import { hueOf, initialsOf } from './initials';

/** The picture of a user or a chat; without one, initials on a stable colour. It is decoration beside the name. */
@Component({
  selector: 'app-avatar',
  imports: [Icon],
  template: `@if (image() && !broken()) {
      <img
        alt=""
        loading="lazy"
        decoding="async"
        referrerpolicy="no-referrer"
        [src]="image()"
        (error)="broken.set(true)"
      />
    } @else if (initials()) {
      {{ initials() }}
    } @else {
      <app-icon name="person" [size]="20" />
    }`,
  styles: `
    :host {
      display: grid;
      flex: none;
      place-items: center;
      overflow: hidden;
      width: var(--avatar-size);
      height: var(--avatar-size);
      border-radius: 50%;
      background: light-dark(oklch(88% 0.05 var(--hue)), oklch(38% 0.06 var(--hue)));
      color: light-dark(oklch(38% 0.09 var(--hue)), oklch(92% 0.04 var(--hue)));
      font-size: calc(var(--avatar-size) * 0.375);
      font-weight: 600;
      line-height: 1;
      user-select: none;
    }
    img {
      width: 100%;
      height: 100%;
      object-fit: cover;
    }
  `,
  host: {
    'aria-hidden': 'true',
    '[style.--avatar-size]': 'size()',
    '[style.--hue]': 'hue()',
  },
})
export class Avatar {
  /** The user's or the chat's id: it decides the colour. */
  readonly of = input.required<string>();
  readonly name = input<string>('');
  readonly image = input<string>();
  /** A length in CSS. */
  readonly size = input('2.75rem');

  protected readonly hue = computed(() => hueOf(this.of()));
  protected readonly initials = computed(() => initialsOf(this.name()));
  protected readonly broken = linkedSignal({ source: this.image, computation: () => false });
}
