import { Injectable, signal } from '@angular/core';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'notice' | 'problem';
  readonly action: ToastAction | undefined;
}

/** A button of a toast, which ends it. */
export interface ToastAction {
  readonly text: string;
  readonly run: () => void;
}

const NOTICE_MS = 5_000;
/** Time to reach a button. */
const ACTION_MS = 12_000;
const PROBLEM_MS = 12_000;
const MOST = 3;

/** Sentences at the bottom of the screen, about something that has just happened. */
@Injectable({ providedIn: 'root' })
export class Toasts {
  readonly #all = signal<readonly Toast[]>([]);
  readonly all = this.#all.asReadonly();
  #lastId = 0;

  show(text: string, kind: Toast['kind'] = 'notice', action?: ToastAction): void {
    const toast = { id: ++this.#lastId, text, kind, action };
    this.#all.update((all) => [...all.filter((other) => other.text !== text), toast].slice(-MOST));
    const notice = action === undefined ? NOTICE_MS : ACTION_MS;
    setTimeout(() => this.dismiss(toast.id), kind === 'notice' ? notice : PROBLEM_MS);
  }

  dismiss(id: number): void {
    this.#all.update((all) => all.filter((toast) => toast.id !== id));
  }
}
