import { Component, input } from '@angular/core';

/** Names the account of a form without a visible address, for password managers. They skip inputs that are hidden. */
@Component({
  selector: 'app-username',
  template: `<input
    class="visually-hidden"
    type="text"
    readonly
    tabindex="-1"
    aria-hidden="true"
    autocomplete="username"
    [value]="email()"
  />`,
  styles: ':host { display: contents; }',
})
export class Username {
  readonly email = input.required<string>();
}
