import { ErrorHandler, Injectable, inject } from '@angular/core';
import { PalomaError } from '@paloma/client';
import { sentence } from '../sentence';
import { Toasts } from '../../shared/toast/toasts';

/** Shows a sentence for an error that no view has handled. It logs the kind and the place, never a message's text. */
@Injectable()
export class AppErrorHandler implements ErrorHandler {
  readonly #toasts = inject(Toasts);

  handleError(error: unknown): void {
    // eslint-disable-next-line no-console -- the only line that the app logs
    console.error(`Paloma: ${kindOf(error)}`, placeOf(error));
    // A call after the end of the session: the login page says so.
    if (error instanceof PalomaError && error.kind === 'signedOut') return;
    this.#toasts.show(sentence(error), 'problem');
  }
}

function kindOf(error: unknown): string {
  if (error instanceof PalomaError) return `${error.kind} ${error.problem?.type ?? ''}`.trim();
  return error instanceof Error ? error.name : typeof error;
}

/** The lines of the stack without its first line, which repeats the error's text. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const lines = stack.split('\n').filter((line) => /^\s+at |@.*:\d+:\d+$/.test(line));
  return lines.slice(0, 8).join('\n');
}
