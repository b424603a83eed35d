import { Injectable, signal } from '@angular/core';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'notice' | 'problem';
}

const NOTICE_MS = 5_000;
const PROBLEM_MS = 12_000;
const MOST = 3;

/** Sentences at the bottom of the screen, about something that has just happened. */
@Injectable({ providedIn: 'root' })
export class Toasts {
  readonly #all = signal<readonly Toast[]>([]);
  readonly all = this.#all.asReadonly();
  #lastId = 0;

  show(text: string, kind: Toast['kind'] = 'notice'): void {
    const toast = { id: ++this.#lastId, text, kind };
    this.#all.update((all) => [...all.filter((other) => other.text !== text), toast].slice(-MOST));
    setTimeout(() => this.dismiss(toast.id), kind === 'notice' ? NOTICE_MS : PROBLEM_MS);
  }

  dismiss(id: number): void {
    this.#all.update((all) => all.filter((toast) => toast.id !== id));
  }
}
