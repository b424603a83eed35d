import { inject } from '@angular/core';
import { Toasts } from '../shared/toast/toasts';
import { sentence, type ProblemKind } from './sentence';

/** Waits for a call, and returns whether it succeeded. If not, the user sees why, in these texts. */
export type Attempt = (call: Promise<void>, texts?: Partial<Record<ProblemKind, string>>) => Promise<boolean>;

export function injectAttempt(): Attempt {
  const toasts = inject(Toasts);
  return async (call, texts = {}) => {
    try {
      await call;
      return true;
    } catch (error) {
      toasts.show(sentence(error, texts), 'problem');
      return false;
    }
  };
}
