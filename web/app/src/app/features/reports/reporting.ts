import { Injectable, inject } from '@angular/core';
import type { ReportedItem } from '@paloma/client';
import { Dialogs } from '../../shared/dialog/dialogs';
import { ReportDialog, type ReportData } from './report-dialog';

/** Reports messages, users and chats to the operators, from wherever the app shows them. */
@Injectable({ providedIn: 'root' })
export class Reporting {
  readonly #dialogs = inject(Dialogs);

  message(messageId: string): void {
    this.#open({ messageId }, $localize`:@@report.messageTitle:Report this message`);
  }

  user({ userId, name }: { readonly userId: string; readonly name: string }): void {
    this.#open({ userId }, $localize`:@@report.userTitle:Report ${name}:name:`);
  }

  chat(chatId: string): void {
    this.#open({ chatId }, $localize`:@@report.chatTitle:Report this chat`);
  }

  #open(item: ReportedItem, title: string): void {
    this.#dialogs.open<boolean, ReportData>(ReportDialog, { item, title });
  }
}
