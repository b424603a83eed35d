import { Component, booleanAttribute, input } from '@angular/core';
import { FieldTree, FormField } from '@angular/forms/signals';
import { TextField } from '../field/text-field';
import { PasswordRulesList } from './password-rules-list';

/** The field for a new password, and the rules that it must meet. */
@Component({
  selector: 'app-new-password',
  imports: [FormField, PasswordRulesList, TextField],
  template: `<app-text-field
      [first]="first()"
      [label]="label()"
      type="password"
      autocomplete="new-password"
      [formField]="field()"
    />
    <app-password-rules [password]="field()().value()" />`,
  styles: ':host { display: contents; }',
})
export class NewPassword {
  readonly label = input.required<string>();
  readonly field = input.required<FieldTree<string>>();
  readonly first = input(false, { transform: booleanAttribute });
}
