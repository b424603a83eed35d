import { Component, computed, inject, linkedSignal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { PALOMA } from '../../../core/paloma';
import { Avatar } from '../../../shared/avatar/avatar';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { keptEdits } from '../../../shared/forms/kept-edits';
import { avatarRule, isHttps, nameRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';
import { Toasts } from '../../../shared/toast/toasts';
import { meSignal } from '../me';
import { SettingsPage } from '../settings-page';

interface Profile {
  readonly name: string;
  readonly avatar: string;
}

/** The user's name and picture. */
@Component({
  selector: 'app-profile-page',
  imports: [Avatar, Button, FormField, FormProblem, FormRoot, SettingsPage, TextField],
  templateUrl: './profile-page.html',
})
export class ProfilePage {
  readonly #account = inject(PALOMA).account;
  readonly #toasts = inject(Toasts);
  protected readonly me = meSignal();
  readonly #stored = computed((): Profile => ({ name: this.me()?.name ?? '', avatar: this.me()?.avatar ?? '' }), {
    equal: (a, b) => a.name === b.name && a.avatar === b.avatar,
  });
  protected readonly model = linkedSignal<Profile, Profile>({ source: this.#stored, computation: keptEdits });
  protected readonly preview = computed(() => {
    const url = this.model().avatar.trim();
    return isHttps(url) ? url : undefined;
  });
  protected readonly form = form(
    this.model,
    (path) => {
      nameRule(path.name);
      avatarRule(path.avatar);
    },
    { submission: submission((profile: Profile) => this.#save(profile)) },
  );

  async #save({ name, avatar }: Profile): Promise<void> {
    const url = avatar.trim();
    await this.#account.changeProfile({ name: name.trim(), avatar: url === '' ? null : url });
    this.#toasts.show($localize`:@@profile.saved:Your profile is saved.`);
  }
}
