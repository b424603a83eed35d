import {
  Component,
  DOCUMENT,
  ElementRef,
  afterNextRender,
  booleanAttribute,
  computed,
  inject,
  input,
  model,
  output,
  signal,
  viewChild,
} from '@angular/core';
import type { FormValueControl, ValidationError } from '@angular/forms/signals';
import { Icon } from '../icon/icon';

let lastId = 0;

/** A line of text with its label, a hint, and the problem of its value. Bind it with `[formField]`. */
@Component({
  selector: 'app-text-field',
  imports: [Icon],
  templateUrl: './text-field.html',
  styleUrl: './text-field.scss',
})
export class TextField implements FormValueControl<string> {
  readonly value = model('');
  readonly label = input.required<string>();
  readonly hint = input<string>();
  readonly type = input<'text' | 'email' | 'password' | 'url'>('text');
  readonly autocomplete = input('off');
  readonly inputmode = input<'text' | 'numeric' | 'email' | 'url'>();
  /** The first field of a page: it takes the focus if no other element has it. */
  readonly first = input(false, { transform: booleanAttribute });
  readonly errors = input<readonly ValidationError[]>([]);
  readonly touched = input(false);
  readonly disabled = input(false);
  readonly required = input(false);
  /** A dialog focuses this field first. */
  readonly initialFocus = input(false);
  readonly touch = output();

  protected readonly id = `field-${String(++lastId)}`;
  protected readonly shown = signal(false);
  protected readonly problem = computed(() => (this.touched() ? this.errors()[0]?.message : undefined));
  protected readonly inputType = computed(() => (this.shown() ? 'text' : this.type()));
  protected readonly describedBy = computed(() => {
    const ids = [this.problem() === undefined ? '' : `${this.id}-problem`, this.hint() ? `${this.id}-hint` : ''];
    return ids.filter((id) => id !== '').join(' ') || null;
  });
  private readonly element = viewChild.required<ElementRef<HTMLInputElement>>('element');

  constructor() {
    const document = inject(DOCUMENT);
    afterNextRender(() => {
      if (this.first() && document.activeElement === document.body) this.focus();
    });
  }

  focus(options?: FocusOptions): void {
    this.element().nativeElement.focus(options);
  }
}
