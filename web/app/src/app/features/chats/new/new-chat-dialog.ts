import { Component, inject, signal, viewChild } from '@angular/core';
import { DialogRef } from '@angular/cdk/dialog';
import type { Profile } from '@paloma/client';
import { Button } from '../../../shared/button/button';
import { DialogFrame } from '../../../shared/dialog/dialog';
import { TextField } from '../../../shared/field/text-field';
import { MemberSearch } from '../../groups/member-search';

/** Asks for the email address of a user. Closes with the profile of this user. */
@Component({
  selector: 'app-new-chat-dialog',
  imports: [Button, DialogFrame, TextField],
  providers: [MemberSearch],
  templateUrl: './new-chat-dialog.html',
})
export class NewChatDialog {
  readonly #dialog = inject<DialogRef<Profile>>(DialogRef);
  protected readonly search = inject(MemberSearch);
  protected readonly email = signal('');
  protected readonly field = viewChild.required(TextField);

  protected change(email: string): void {
    this.email.set(email);
    this.search.clear();
  }

  protected async submit(event: Event): Promise<void> {
    event.preventDefault();
    const profile = await this.search.find(this.email());
    if (profile === undefined) this.field().focus();
    else this.#dialog.close(profile);
  }
}
