import { Component, input, output } from '@angular/core';

export interface Choice<T extends string> {
  readonly value: T;
  readonly title: string;
  /** The language of the title, if it is not the page's. */
  readonly lang?: string;
}

let lastId = 0;

/** One of a few values. */
@Component({
  selector: 'app-choices',
  template: `<fieldset>
    <legend>{{ label() }}</legend>
    @for (choice of choices(); track choice.value) {
      <label [attr.lang]="choice.lang">
        <input
          type="radio"
          [name]="name"
          [value]="choice.value"
          [checked]="choice.value === chosen()"
          (change)="choose.emit(choice.value)"
        />
        {{ choice.title }}
      </label>
    }
    @if (hint(); as text) {
      <p class="muted small">{{ text }}</p>
    }
  </fieldset>`,
  styleUrl: './choices.scss',
})
export class Choices<T extends string> {
  readonly label = input.required<string>();
  readonly hint = input<string>();
  readonly choices = input.required<readonly Choice<T>[]>();
  readonly chosen = input.required<T>();
  readonly choose = output<T>();
  protected readonly name = `choices-${String(++lastId)}`;
}
