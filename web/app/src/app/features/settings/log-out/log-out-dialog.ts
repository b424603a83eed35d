import { Component, inject, signal } from '@angular/core';
import { DialogRef } from '@angular/cdk/dialog';
import { PALOMA } from '../../../core/paloma';
import { readableSignal } from '../../../core/readable';
import { sentence } from '../../../core/sentence';
import { Banner } from '../../../shared/banner/banner';
import { Button } from '../../../shared/button/button';
import { DialogFrame } from '../../../shared/dialog/dialog';
import { Switch } from '../../../shared/switch/switch';

/** Asks before a logout: it deletes the local data, unsent messages among them. */
@Component({
  selector: 'app-log-out-dialog',
  imports: [Banner, Button, DialogFrame, Switch],
  templateUrl: './log-out-dialog.html',
})
export class LogOutDialog {
  readonly #paloma = inject(PALOMA);
  protected readonly dialog = inject(DialogRef);
  protected readonly unsent = readableSignal(this.#paloma.outbox.entries);
  protected readonly everywhere = signal(false);
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | undefined>(undefined);

  protected async logOut(): Promise<void> {
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.#paloma.session.logOut({ everywhere: this.everywhere() });
      this.dialog.close();
    } catch (error) {
      this.problem.set(sentence(error));
    } finally {
      this.busy.set(false);
    }
  }
}
