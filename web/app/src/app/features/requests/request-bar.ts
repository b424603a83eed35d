import {
  Component,
  DOCUMENT,
  ElementRef,
  afterNextRender,
  computed,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
import type { ChatSummary } from '@paloma/client';
import { Button } from '../../shared/button/button';
import { Reporting } from '../reports/reporting';
import { Requesting } from './requesting';

/** Stands in the place of the composer in a chat that a stranger has brought the user into. */
@Component({
  selector: 'app-request-bar',
  imports: [Button],
  templateUrl: './request-bar.html',
  styleUrl: './request-bar.scss',
  host: { 'data-testid': 'request-bar' },
})
export class RequestBar {
  readonly chat = input.required<ChatSummary>();
  readonly nameOf = input.required<(userId: string) => string>();

  readonly #requesting = inject(Requesting);
  readonly #reporting = inject(Reporting);
  protected readonly busy = signal(false);
  protected readonly name = computed(() => this.nameOf()(this.chat().requestedBy ?? ''));
  private readonly text = viewChild.required<ElementRef<HTMLElement>>('text');

  constructor() {
    const document = inject(DOCUMENT);
    afterNextRender(() => {
      if (document.activeElement === document.body) this.text().nativeElement.focus({ preventScroll: true });
    });
  }

  protected accept(): Promise<void> {
    return this.#during(this.#requesting.accept(this.chat()));
  }

  protected decline(): Promise<void> {
    return this.#during(this.#requesting.decline(this.chat()));
  }

  protected block(): Promise<void> {
    return this.#during(this.#requesting.block(this.chat(), this.name()));
  }

  protected report(): void {
    this.#reporting.chat(this.chat().chatId);
  }

  async #during(answer: Promise<void>): Promise<void> {
    this.busy.set(true);
    await answer;
    this.busy.set(false);
  }
}
