import { Component, computed, inject, signal, viewChild } from '@angular/core';
import { DialogRef } from '@angular/cdk/dialog';
import type { Profile } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { sentence } from '../../../core/sentence';
import { Banner } from '../../../shared/banner/banner';
import { Button } from '../../../shared/button/button';
import { DialogFrame } from '../../../shared/dialog/dialog';
import { TextField } from '../../../shared/field/text-field';
import { MemberPicker } from '../../groups/member-picker';
import { RepeatId } from '../../groups/repeat-id';

/** Asks for the name and the members of a group, and creates it. Closes with the chat. */
@Component({
  selector: 'app-new-group-dialog',
  imports: [Banner, Button, DialogFrame, MemberPicker, TextField],
  templateUrl: './new-group-dialog.html',
})
export class NewGroupDialog {
  readonly #dialog = inject<DialogRef<string>>(DialogRef);
  readonly #chats = inject(PALOMA).chats;
  readonly #id = new RepeatId();
  protected readonly name = signal('');
  protected readonly members = signal<readonly Profile[]>([]);
  protected readonly busy = signal(false);
  protected readonly problem = signal<string | undefined>(undefined);
  protected readonly picker = viewChild.required(MemberPicker);
  protected readonly complete = computed(() => this.name().trim() !== '' && this.picker().filled());

  protected async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy() || !(await this.picker().add())) return;
    const name = this.name().trim();
    const participants = this.members().map(({ userId }) => userId);
    if (!this.complete()) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      const clientChatId = this.#id.of(name, [...participants].sort());
      this.#dialog.close(await this.#chats.createGroup({ name, participants, clientChatId }));
    } catch (error) {
      this.problem.set(sentence(error));
    } finally {
      this.busy.set(false);
    }
  }
}
