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
  template: `<fieldset #group>
    <legend>{{ label() }}</legend>
    @for (choice of choices(); track choice.value) {
      <label [attr.lang]="choice.lang">
        <input
          type="radio"
          [name]="name"
          [value]="choice.value"
          [checked]="choice.value === chosen()"
          (change)="pick(choice.value, group)"
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

  protected pick(value: T, group: HTMLElement): void {
    this.choose.emit(value);
    // The page decides. If it refuses at once, its value has not changed, and Angular would leave the choice as it is.
    for (const input of group.querySelectorAll('input')) input.checked = input.value === this.chosen();
  }
}
