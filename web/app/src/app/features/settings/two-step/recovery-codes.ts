import { Component, computed, input, output } from '@angular/core';
import { Banner } from '../../../shared/banner/banner';
import { Button } from '../../../shared/button/button';
import { CopyButton } from '../../../shared/copy/copy-button';

/** The recovery codes, which the server shows only now. */
@Component({
  selector: 'app-recovery-codes',
  imports: [Banner, Button, CopyButton],
  templateUrl: './recovery-codes.html',
  styleUrl: './recovery-codes.scss',
})
export class RecoveryCodes {
  readonly codes = input.required<readonly string[]>();
  readonly done = output();
  protected readonly text = computed(() => this.codes().join('\n'));

  protected download(): void {
    const url = URL.createObjectURL(new Blob([`${this.text()}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'paloma-recovery-codes.txt';
    link.click();
    URL.revokeObjectURL(url);
  }
}
