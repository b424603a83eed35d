import { Component, input } from '@angular/core';
import type { ValidationError } from '@angular/forms/signals';
import { Banner } from '../banner/banner';

/** The failure of a whole form: `[errors]="form().errors()"`. */
@Component({
  selector: 'app-form-problem',
  imports: [Banner],
  template: `@for (error of errors(); track error) {
    <app-banner kind="problem" role="alert" data-testid="form-problem">{{ error.message }}</app-banner>
  }`,
  styles: ':host:empty { display: none; }',
})
export class FormProblem {
  readonly errors = input.required<readonly ValidationError[]>();
}
