import { Component, DestroyRef, computed, inject, signal, viewChild } from '@angular/core';
import { DialogRef } from '@angular/cdk/dialog';
import type { Profile } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { sentence } from '../../../core/sentence';
import { Avatar } from '../../../shared/avatar/avatar';
import { Banner } from '../../../shared/banner/banner';
import { Button } from '../../../shared/button/button';
import { DialogFrame } from '../../../shared/dialog/dialog';
import { TextField } from '../../../shared/field/text-field';
import { Icon } from '../../../shared/icon/icon';
import { GroupId } from './group-id';
import { MemberSearch } from './member-search';

/** Asks for the name and the members of a group, and creates it. Closes with the chat. */
@Component({
  selector: 'app-new-group-dialog',
  imports: [Avatar, Banner, Button, DialogFrame, Icon, TextField],
  providers: [MemberSearch],
  templateUrl: './new-group-dialog.html',
  styleUrl: './new-group-dialog.scss',
})
export class NewGroupDialog {
  readonly #dialog = inject<DialogRef<string>>(DialogRef);
  readonly #chats = inject(PALOMA).chats;
  readonly #destroyed = inject(DestroyRef);
  readonly #id = new GroupId();
  protected readonly search = inject(MemberSearch);
  protected readonly name = signal('');
  protected readonly email = signal('');
  protected readonly members = signal<readonly Profile[]>([]);
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | undefined>(undefined);
  protected readonly complete = computed(() => this.name().trim() !== '' && this.members().length > 0);
  protected readonly emailField = viewChild.required<TextField>('emailField');

  protected change(email: string): void {
    this.email.set(email);
    this.search.clear();
  }

  /** Adds the member of the address in the field. Returns whether the field is empty now. */
  protected async add(): Promise<boolean> {
    if (this.email().trim() === '') return true;
    const profile = await this.search.find(this.email());
    this.emailField().focus();
    if (profile === undefined) return false;
    this.members.update((members) => [...members.filter(({ userId }) => userId !== profile.userId), profile]);
    this.email.set('');
    return true;
  }

  protected remove(member: Profile): void {
    this.members.update((members) => members.filter((other) => other !== member));
    this.emailField().focus();
  }

  protected key(event: KeyboardEvent): void {
    if ((event.key !== 'Enter' && event.key !== ',') || event.isComposing) return;
    event.preventDefault();
    void this.add();
  }

  protected async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy() || !(await this.add())) return;
    const name = this.name().trim();
    const participants = this.members().map(({ userId }) => userId);
    // The user may have closed the dialog during the search.
    if (!this.complete() || this.#destroyed.destroyed) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      const clientChatId = this.#id.of(name, participants);
      this.#dialog.close(await this.#chats.createGroup({ name, participants, clientChatId }));
    } catch (error) {
      this.problem.set(sentence(error));
    } finally {
      this.busy.set(false);
    }
  }
}
