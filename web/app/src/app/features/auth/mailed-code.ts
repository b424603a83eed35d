import { Component, input } from '@angular/core';
import { FieldTree, FormField } from '@angular/forms/signals';
import { TextField } from '../../shared/field/text-field';

/** The fields for an address and the code that was mailed to it. */
@Component({
  selector: 'app-mailed-code',
  imports: [FormField, TextField],
  template: `@if (handed()) {
      <p class="muted" i18n="@@confirm.hint">The code is on its way to {{ handed() }}. Look in the spam folder too.</p>
    }
    <app-text-field
      [first]="handed() === ''"
      label="Email address"
      i18n-label="@@field.email"
      type="email"
      autocomplete="username"
      [formField]="email()"
    />
    <app-text-field
      first
      label="Code from the mail"
      i18n-label="@@field.mailedCode"
      inputmode="numeric"
      autocomplete="one-time-code"
      [formField]="code()"
    />`,
  styles: ':host { display: contents; }',
})
export class MailedCode {
  /** The address that the last page handed on: the user goes on with the code. Empty without one. */
  readonly handed = input.required<string>();
  readonly email = input.required<FieldTree<string>>();
  readonly code = input.required<FieldTree<string>>();
}
