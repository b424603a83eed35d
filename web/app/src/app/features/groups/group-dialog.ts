import { Component, ElementRef, computed, inject, signal, viewChild } from '@angular/core';
import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import type { Role } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';
import { injectMyId } from '../../core/session/my-id';
import { UserAvatar } from '../../shared/avatar/user-avatar';
import { Banner } from '../../shared/banner/banner';
import { Button } from '../../shared/button/button';
import { DialogFrame } from '../../shared/dialog/dialog';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Icon } from '../../shared/icon/icon';
import { Blocking } from '../blocks/blocking';
import { Reporting } from '../reports/reporting';
import { chatName } from '../chats/chat-name';
import { AddMembersDialog, type AddMembersData } from './add-members-dialog';
import { groupFailure } from './group-failure';
import { GroupSettings } from './group-settings';
import { membersOf, type Member } from './members';

export interface GroupData {
  readonly chatId: string;
  readonly nameOf: (userId: string) => string;
}

/** A group: its members with their roles, and everything that the user may change. */
@Component({
  selector: 'app-group-dialog',
  imports: [Banner, Button, CdkMenu, CdkMenuItem, CdkMenuTrigger, DialogFrame, GroupSettings, Icon, UserAvatar],
  templateUrl: './group-dialog.html',
  styleUrl: '../conversation/people.scss',
})
export class GroupDialog {
  readonly #data = inject<GroupData>(DIALOG_DATA);
  readonly #dialog = inject<DialogRef>(DialogRef);
  readonly #dialogs = inject(Dialogs);
  readonly #paloma = inject(PALOMA);
  readonly #me = injectMyId();
  protected readonly chat = readableSignal(this.#paloma.chats.get(this.#data.chatId));
  protected readonly name = computed(() => chatName(this.chat() ?? { name: undefined, kind: 'group' }));
  protected readonly isAdmin = computed(() => this.chat()?.role === 'admin');
  protected readonly isMember = computed(() => this.chat() !== undefined && this.chat()?.role !== 'former');
  protected readonly mayAdd = computed(() => this.isMember() && (this.isAdmin() || !this.chat()?.onlyAdminsAdd));
  protected readonly members = computed(() => membersOf(this.chat(), this.#me(), this.#data.nameOf));
  readonly #blocked = readableSignal(this.#paloma.people.blocked);
  protected readonly blocked = computed(() => new Set(this.#blocked()?.map(({ userId }) => userId)));
  protected readonly blocking = inject(Blocking);
  protected readonly reporting = inject(Reporting);
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | undefined>(undefined);
  protected readonly heading = viewChild<ElementRef<HTMLElement>>('heading');

  protected actionsFor({ name }: Member): string {
    return $localize`:@@group.actions:Actions for ${name}:name:`;
  }

  /** For the menu, which keeps the data that it first opened with. */
  protected memberOf(userId: string): Member | undefined {
    return this.members().find((member) => member.userId === userId);
  }

  protected add(): void {
    const { chatId } = this.#data;
    this.#dialogs.open<boolean, AddMembersData>(AddMembersDialog, { chatId, isAdmin: this.isAdmin() });
  }

  protected async setRole({ userId }: Member, role: Role): Promise<void> {
    const conflict = $localize`:@@group.onlyAdmin:A group needs an admin. Make another member an admin first.`;
    await this.#run(() => this.#paloma.groups.setRole(this.#data.chatId, userId, role), conflict);
  }

  protected async remove({ userId, name }: Member): Promise<void> {
    const agreed = await this.#dialogs.confirm({
      title: $localize`:@@group.removeTitle:Remove ${name}:name:?`,
      text: $localize`:@@group.removeText:The chat stays in their list with the messages up to now.`,
      agree: $localize`:@@group.remove:Remove`,
      danger: true,
    });
    if (!agreed) return;
    // The row goes with its button, so the focus moves to the heading.
    this.heading()?.nativeElement.focus();
    await this.#run(() => this.#paloma.groups.remove(this.#data.chatId, userId));
  }

  protected async leave(): Promise<void> {
    const agreed = await this.#dialogs.confirm({
      title: $localize`:@@group.leaveTitle:Leave the group?`,
      text: $localize`:@@group.leaveText:The chat stays in your list, as it is now. Only a member can add you again.`,
      agree: $localize`:@@group.leave:Leave`,
      danger: true,
    });
    if (agreed && (await this.#run(() => this.#paloma.groups.leave(this.#data.chatId)))) this.#dialog.close();
  }

  /** Returns whether the change succeeded. */
  async #run(change: () => Promise<void>, conflict?: string): Promise<boolean> {
    if (this.busy()) return false;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await change();
      return true;
    } catch (error) {
      this.problem.set(groupFailure(error, conflict));
      return false;
    } finally {
      this.busy.set(false);
    }
  }
}
