import { DOCUMENT, Injectable, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { SwUpdate } from '@angular/service-worker';

const HOUR_MS = 3_600_000;

/** Finds new versions of the app. A new version starts when the user loads the page again. */
@Injectable({ providedIn: 'root' })
export class Updates {
  readonly #worker = inject(SwUpdate);
  readonly #document = inject(DOCUMENT);
  readonly #available = signal(false);
  readonly available = this.#available.asReadonly();
  #checkedAt = Date.now();

  constructor() {
    if (!this.#worker.isEnabled) return;
    this.#worker.versionUpdates.pipe(takeUntilDestroyed()).subscribe(({ type }) => {
      if (type === 'VERSION_READY') this.#available.set(true);
    });
    // The server or the browser has removed files of the running version.
    this.#worker.unrecoverable.pipe(takeUntilDestroyed()).subscribe(() => this.#available.set(true));
    this.#document.addEventListener('visibilitychange', () => this.#check());
  }

  /** A part of the app is missing on the server: it belongs to another version. */
  missing(): void {
    this.#available.set(true);
  }

  reload(): void {
    this.#document.defaultView?.location.reload();
  }

  #check(): void {
    const now = Date.now();
    if (this.#document.visibilityState !== 'visible' || Math.abs(now - this.#checkedAt) < HOUR_MS) return;
    this.#checkedAt = now;
    this.#worker.checkForUpdate().catch(() => undefined);
  }
}
