import { Component, computed, inject, resource } from '@angular/core';
import { DIALOG_DATA } from '@angular/cdk/dialog';
import type { Receipts } from '@paloma/client';
import { sentence } from '../../core/sentence';
import { UserAvatar } from '../../shared/avatar/user-avatar';
import { Banner } from '../../shared/banner/banner';
import { DialogFrame } from '../../shared/dialog/dialog';
import { Spinner } from '../../shared/spinner/spinner';
import { TimeTexts } from '../../shared/time/time-texts';

export interface ReceiptsData {
  readonly load: () => Promise<Receipts>;
  readonly nameOf: (userId: string) => string;
}

type Receipt = Receipts['receipts'][number];

/** The recipients of an own message: those who have read it, those who have received it, and the rest. */
@Component({
  selector: 'app-receipts-dialog',
  imports: [Banner, DialogFrame, Spinner, UserAvatar],
  templateUrl: './receipts-dialog.html',
  styleUrl: './people.scss',
})
export class ReceiptsDialog {
  protected readonly data = inject<ReceiptsData>(DIALOG_DATA);
  protected readonly times = inject(TimeTexts);
  protected readonly receipts = resource({ loader: () => this.data.load() });

  protected readonly problem = computed(() => sentence(this.receipts.error()));

  protected readonly sections = computed(() => {
    const receipts = this.receipts.hasValue() ? this.receipts.value().receipts : [];
    const by = (status: Receipt['status']): Receipt[] => receipts.filter((receipt) => receipt.status === status);
    return [
      { title: $localize`:@@receipts.read:Read`, receipts: by('read') },
      { title: $localize`:@@receipts.delivered:Delivered`, receipts: by('delivered') },
      { title: $localize`:@@receipts.sent:Not delivered yet`, receipts: by('sent') },
    ].filter((section) => section.receipts.length > 0);
  });

  protected reload(): void {
    this.receipts.reload();
  }

  protected time({ status, readAt, deliveredAt }: Receipt): string {
    const time = status === 'read' ? readAt : deliveredAt;
    return time === undefined ? '' : this.times.full(time);
  }
}
