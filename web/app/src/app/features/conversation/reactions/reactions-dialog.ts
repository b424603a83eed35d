import { Component, computed, inject } from '@angular/core';
import { DIALOG_DATA } from '@angular/cdk/dialog';
import type { Reaction } from '@paloma/client';
import { UserAvatar } from '../../../shared/avatar/user-avatar';
import { DialogFrame } from '../../../shared/dialog/dialog';
import type { ReactionsData } from './reacting';

/** The members who reacted to a message, by emoji. It follows the reactions while it is open. */
@Component({
  selector: 'app-reactions-dialog',
  imports: [DialogFrame, UserAvatar],
  templateUrl: './reactions-dialog.html',
  styleUrl: '../people.scss',
})
export class ReactionsDialog {
  protected readonly data = inject<ReactionsData>(DIALOG_DATA);
  protected readonly reactions = computed(() => this.data.reactions());

  /** The server names the first members alone. */
  protected others({ count, people }: Reaction): string {
    const others = count - people.length;
    return others > 0 ? $localize`:@@reactions.others:And ${others}:count: more` : '';
  }
}
