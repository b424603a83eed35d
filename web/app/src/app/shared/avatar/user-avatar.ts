import { Component, inject, input } from '@angular/core';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';
import { Avatar } from './avatar';

/** The picture of a user, by the profile that the client library knows or loads. */
@Component({
  selector: 'app-user-avatar',
  imports: [Avatar],
  template: `<app-avatar [of]="userId()" [name]="name()" [image]="profile()?.avatar" size="2.25rem" />`,
})
export class UserAvatar {
  readonly userId = input.required<string>();
  /** As the page shows it: the initials are of this name. */
  readonly name = input.required<string>();

  readonly #people = inject(PALOMA).people;
  protected readonly profile = readableSignal(() => this.#people.get(this.userId()));
}
