import { Injectable, signal } from '@angular/core';

interface SendingText {
  readonly key: string;
  readonly text: string;
}

/**
 * Texts on their way to the outbox. Until they are safe, they stand at the beginning of their draft. They outlive
 * their composer, since the user may leave the chat and return meanwhile, but not the session.
 */
@Injectable()
export class SendingTexts {
  readonly #all = signal<readonly SendingText[]>([]);

  /** The texts of a draft, in the order of sending. */
  of(key: string): readonly string[] {
    return this.#all()
      .filter((sending) => sending.key === key)
      .map(({ text }) => text);
  }

  /** The text is on its way until the returned function is called. */
  add(key: string, text: string): () => void {
    const sending: SendingText = { key, text };
    this.#all.update((all) => [...all, sending]);
    return () => this.#all.update((all) => all.filter((other) => other !== sending));
  }
}
