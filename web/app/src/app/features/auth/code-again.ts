import { Component, inject, input, signal } from '@angular/core';
import { sentence } from '../../core/sentence';
import { Toasts } from '../../shared/toast/toasts';

/** Asks for another mail with a code. */
@Component({
  selector: 'app-code-again',
  template: `<button
    type="button"
    class="link-button"
    [disabled]="disabled() || sending()"
    (click)="request()"
    i18n="@@codeAgain.submit"
  >
    Send the code again
  </button>`,
})
export class CodeAgain {
  readonly send = input.required<() => Promise<void>>();
  readonly disabled = input(false);
  protected readonly sending = signal(false);
  readonly #toasts = inject(Toasts);

  protected async request(): Promise<void> {
    this.sending.set(true);
    try {
      await this.send()();
      this.#toasts.show($localize`:@@codeAgain.done:A new code is on its way. Older codes no longer work.`);
    } catch (error) {
      this.#toasts.show(sentence(error), 'problem');
    } finally {
      this.sending.set(false);
    }
  }
}
