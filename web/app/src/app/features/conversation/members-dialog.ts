import { Component, computed, inject } from '@angular/core';
import { DIALOG_DATA } from '@angular/cdk/dialog';
import type { ChatSummary } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Avatar } from '../../shared/avatar/avatar';
import { DialogFrame } from '../../shared/dialog/dialog';
import { chatName, deletedUser } from '../chats/chat-name';

export interface MembersData {
  readonly chat: ChatSummary;
  readonly nameOf: (userId: string) => string;
}

/** The members of a group. */
@Component({
  selector: 'app-members-dialog',
  imports: [Avatar, DialogFrame],
  templateUrl: './members-dialog.html',
  styleUrl: './people.scss',
})
export class MembersDialog {
  protected readonly data = inject<MembersData>(DIALOG_DATA);
  protected readonly name = chatName(this.data.chat);
  readonly #session = inject(PALOMA).session.state.value;

  /** By name; the user first, erased members last. */
  protected readonly members = computed(() => {
    const me = this.#session.kind === 'signedIn' ? this.#session.user.userId : undefined;
    const { participants, erased } = this.data.chat;
    const others = participants
      .filter((userId) => userId !== me && !erased.includes(userId))
      .map((userId) => ({ userId, name: this.data.nameOf(userId) }))
      .sort((a, b) => a.name.localeCompare(b.name));
    const own = me === undefined ? [] : [{ userId: me, name: $localize`:@@members.you:You` }];
    return [...own, ...others, ...erased.map((userId) => ({ userId, name: deletedUser() }))];
  });
}
