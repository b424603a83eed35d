import { Component, inject, signal, viewChild } from '@angular/core';
import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { MAX_ADDED, type Profile } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Banner } from '../../shared/banner/banner';
import { Button } from '../../shared/button/button';
import { DialogFrame } from '../../shared/dialog/dialog';
import { Switch } from '../../shared/switch/switch';
import { groupFailure } from './group-failure';
import { MemberPicker } from './member-picker';
import { RepeatId } from './repeat-id';

export interface AddMembersData {
  readonly chatId: string;
  /** Admins may show earlier messages to new members. */
  readonly isAdmin: boolean;
}

/** Asks for users by their email addresses, and adds them to a group. */
@Component({
  selector: 'app-add-members-dialog',
  imports: [Banner, Button, DialogFrame, MemberPicker, Switch],
  templateUrl: './add-members-dialog.html',
})
export class AddMembersDialog {
  readonly #dialog = inject<DialogRef<boolean>>(DialogRef);
  readonly #groups = inject(PALOMA).groups;
  readonly #id = new RepeatId();
  protected readonly data = inject<AddMembersData>(DIALOG_DATA);
  protected readonly members = signal<readonly Profile[]>([]);
  protected readonly history = signal(false);
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | undefined>(undefined);
  protected readonly picker = viewChild.required(MemberPicker);

  protected async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy() || !(await this.picker().add())) return;
    const userIds = this.members().map(({ userId }) => userId);
    if (userIds.length === 0) return;
    if (userIds.length > MAX_ADDED) {
      this.problem.set($localize`:@@group.tooMany:Add at most ${MAX_ADDED}:count: members at once.`);
      return;
    }
    await this.#add(userIds);
  }

  async #add(userIds: readonly string[]): Promise<void> {
    const { chatId } = this.data;
    const history = this.history();
    const clientMessageId = this.#id.of(chatId, userIds, history);
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.#groups.add(chatId, { userIds, clientMessageId, ...(history ? { history } : {}) });
      this.#dialog.close(true);
    } catch (error) {
      const full = $localize`:@@group.full:The group has no room for so many: it has at most 1,024 members.`;
      this.problem.set(groupFailure(error, full));
    } finally {
      this.busy.set(false);
    }
  }
}
