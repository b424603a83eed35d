import { Component, ElementRef, inject, signal, viewChild, viewChildren } from '@angular/core';
import { DialogRef } from '@angular/cdk/dialog';
import type { ValidationError } from '@angular/forms/signals';
import { Button } from '../../../shared/button/button';
import { DialogFrame } from '../../../shared/dialog/dialog';
import { TextField } from '../../../shared/field/text-field';
import { oneEmoji } from '../text/one-emoji';
import { MORE_EMOJI } from './more-emoji';

/** Asks for an emoji: one of the grid, or any other in the field. Closes with it. Arrows move in the grid. */
@Component({
  selector: 'app-emoji-dialog',
  imports: [Button, DialogFrame, TextField],
  templateUrl: './emoji-dialog.html',
  styleUrl: './emoji-dialog.scss',
})
export class EmojiDialog {
  protected readonly dialog = inject<DialogRef<string>>(DialogRef);
  protected readonly emoji = MORE_EMOJI;
  protected readonly text = signal('');
  protected readonly errors = signal<readonly ValidationError[]>([]);
  /** The emoji that Tab reaches. */
  protected readonly active = signal(0);
  private readonly field = viewChild.required(TextField);
  private readonly buttons = viewChildren<ElementRef<HTMLElement>>('button');

  protected change(text: string): void {
    this.text.set(text);
    this.errors.set([]);
  }

  protected submit(event: Event): void {
    event.preventDefault();
    const emoji = oneEmoji(this.text());
    if (emoji !== undefined) {
      this.dialog.close(emoji);
      return;
    }
    this.errors.set([{ kind: 'emoji', message: $localize`:@@emoji.none:Enter exactly one emoji.` }]);
    this.field().focus();
  }

  protected move(event: KeyboardEvent): void {
    const next = this.#next(event.key);
    if (next === undefined) return;
    event.preventDefault();
    this.active.set(next);
    this.buttons()[next]?.nativeElement.focus();
  }

  #next(key: string): number | undefined {
    const last = this.emoji.length - 1;
    const steps: Partial<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -this.#columns(),
      ArrowDown: this.#columns(),
      Home: -last,
      End: last,
    };
    const step = steps[key];
    return step === undefined ? undefined : Math.min(Math.max(0, this.active() + step), last);
  }

  /** The width of the dialog decides. */
  #columns(): number {
    const tops = this.buttons().map(({ nativeElement }) => nativeElement.offsetTop);
    const second = tops.findIndex((top) => top !== tops[0]);
    return second < 0 ? tops.length : second;
  }
}
