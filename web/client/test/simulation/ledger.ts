import type { Browser } from './world/browser.js';

/** A text that a user typed and sent, and what may happen to it. */
export interface SentText {
  readonly text: string;
  readonly chatId: string;
  readonly senderId: string;
  readonly browser: Browser;
  /** Virtual time of the call, and of its return. Without return, the tab was killed before the text was safe. */
  calledAt: number;
  safeAt: number | undefined;
  /** A crash may lose the text, as the storage was full, or as the user was just discarding it. */
  mayBeLost: boolean;
  /** Edited, deleted, hidden or cleared, by any user. */
  changed: boolean;
  retried: boolean;
  discarded: boolean;
  /** The server rejects it for good. */
  readonly tooLong: boolean;
}

/** All texts of a run. */
export class Ledger {
  readonly texts: SentText[] = [];
  readonly #byText = new Map<string, SentText>();

  add(text: SentText): void {
    this.texts.push(text);
    this.#byText.set(text.text, text);
  }

  get(text: string): SentText | undefined {
    return this.#byText.get(text);
  }
}
