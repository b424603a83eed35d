import {
  Component,
  DestroyRef,
  booleanAttribute,
  computed,
  inject,
  input,
  model,
  signal,
  viewChild,
} from '@angular/core';
import type { Profile } from '@paloma/client';
import { Avatar } from '../../shared/avatar/avatar';
import { Button } from '../../shared/button/button';
import { TextField } from '../../shared/field/text-field';
import { Icon } from '../../shared/icon/icon';
import { MemberSearch } from './member-search';

/** Collects users by their email addresses. */
@Component({
  selector: 'app-member-picker',
  imports: [Avatar, Button, Icon, TextField],
  providers: [MemberSearch],
  templateUrl: './member-picker.html',
  styleUrl: './member-picker.scss',
})
export class MemberPicker {
  readonly members = model<readonly Profile[]>([]);
  readonly initialFocus = input(false, { transform: booleanAttribute });

  readonly #destroyed = inject(DestroyRef);
  protected readonly search = inject(MemberSearch);
  protected readonly email = signal('');
  /** Whether there are members, or an address that may become one. */
  readonly filled = computed(() => this.members().length > 0 || this.email().trim() !== '');
  private readonly field = viewChild.required(TextField);

  /** Adds the user of the address in the field. Returns whether the field is empty now. */
  async add(): Promise<boolean> {
    if (this.email().trim() === '') return true;
    const profile = await this.search.find(this.email());
    // The user may have closed the dialog during the search.
    if (this.#destroyed.destroyed) return false;
    this.field().focus();
    if (profile === undefined) return false;
    this.members.update((members) => [...members.filter(({ userId }) => userId !== profile.userId), profile]);
    this.email.set('');
    return true;
  }

  /** A name in the label: Angular would set a property that no browser knows. */
  protected removalOf({ name }: Profile): string {
    return $localize`:@@newGroup.remove:Remove ${name}:name:`;
  }

  protected change(email: string): void {
    this.email.set(email);
    this.search.clear();
  }

  protected remove(member: Profile): void {
    this.members.update((members) => members.filter((other) => other !== member));
    this.field().focus();
  }

  protected key(event: KeyboardEvent): void {
    if ((event.key !== 'Enter' && event.key !== ',') || event.isComposing) return;
    event.preventDefault();
    void this.add();
  }
}
