import { Component, DestroyRef, inject, signal } from '@angular/core';
import type { ExportStatus } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { sentence } from '../../../core/sentence';
import { Banner } from '../../../shared/banner/banner';
import { Button } from '../../../shared/button/button';
import { Spinner } from '../../../shared/spinner/spinner';
import { TimeTexts } from '../../../shared/time/time-texts';

const POLL_MS = 3_000;

/** Prepares a file with the user's data, and links to it. */
@Component({
  selector: 'app-export-panel',
  imports: [Banner, Button, Spinner],
  templateUrl: './export-panel.html',
})
export class ExportPanel {
  readonly #account = inject(PALOMA).account;
  protected readonly times = inject(TimeTexts);
  protected readonly status = signal<ExportStatus | undefined>(undefined);
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | undefined>(undefined);
  readonly #destroyed = inject(DestroyRef);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#destroyed.onDestroy(() => clearTimeout(this.#timer));
  }

  /** On the same day, the server answers with the same export. */
  protected async start(): Promise<void> {
    const started = await this.#ask(() => this.#account.startExport());
    if (started) await this.#follow(started.exportId);
  }

  /** The link is valid for 15 minutes: this gets a new one. */
  protected async renew(): Promise<void> {
    const exportId = this.status()?.exportId;
    if (exportId !== undefined) await this.#follow(exportId);
  }

  async #follow(exportId: string): Promise<void> {
    await this.#ask(() => this.#account.exportStatus(exportId));
    clearTimeout(this.#timer);
    // After a failed call too: the file may be ready when the network is back.
    const isRunning = this.status()?.status === 'running';
    if (isRunning && !this.#destroyed.destroyed) this.#timer = setTimeout(() => void this.#follow(exportId), POLL_MS);
  }

  async #ask(call: () => Promise<ExportStatus>): Promise<ExportStatus | undefined> {
    this.busy.set(true);
    try {
      const status = await call();
      this.status.set(status);
      this.problem.set(undefined);
      return status;
    } catch (error) {
      this.problem.set(sentence(error));
      return undefined;
    } finally {
      this.busy.set(false);
    }
  }
}
