import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import type { ChatSummary, GroupChange } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Banner } from '../../shared/banner/banner';
import { Button } from '../../shared/button/button';
import { TextField } from '../../shared/field/text-field';
import { FormProblem } from '../../shared/forms/form-problem';
import { keptEdits } from '../../shared/forms/kept-edits';
import { avatarRule, nameRule } from '../../shared/forms/rules';
import { submission } from '../../shared/forms/submission';
import { Switch } from '../../shared/switch/switch';
import { groupFailure } from './group-failure';

interface Look {
  readonly name: string;
  readonly avatar: string;
}

/** The name, the picture and the permissions of a group, for its admins. */
@Component({
  selector: 'app-group-settings',
  imports: [Banner, Button, FormField, FormProblem, FormRoot, Switch, TextField],
  templateUrl: './group-settings.html',
  styles: `
    :host {
      display: flex;
      flex-direction: column;
      gap: var(--space-3);
      margin-top: var(--space-3);
    }
  `,
})
export class GroupSettings {
  readonly chat = input.required<ChatSummary>();

  readonly #groups = inject(PALOMA).groups;
  protected readonly problem = signal<string | undefined>(undefined);
  readonly #stored = computed((): Look => ({ name: this.chat().name ?? '', avatar: this.chat().avatar ?? '' }), {
    equal: (a, b) => a.name === b.name && a.avatar === b.avatar,
  });
  protected readonly model = linkedSignal<Look, Look>({ source: this.#stored, computation: keptEdits });
  protected readonly changed = computed(() => Object.keys(this.#changes(this.model())).length > 0);
  protected readonly form = form(
    this.model,
    (path) => {
      nameRule(path.name);
      avatarRule(path.avatar);
    },
    { submission: submission((look: Look) => this.#save(look)) },
  );

  protected async permit(change: GroupChange): Promise<void> {
    this.problem.set(undefined);
    try {
      await this.#groups.change(this.chat().chatId, change);
    } catch (error) {
      this.problem.set(groupFailure(error));
    }
  }

  async #save(look: Look): Promise<void> {
    const change = this.#changes(look);
    if (Object.keys(change).length > 0) await this.#groups.change(this.chat().chatId, change);
  }

  #changes({ name, avatar }: Look): GroupChange {
    const stored = this.#stored();
    const [newName, newAvatar] = [name.trim(), avatar.trim()];
    return {
      ...(newName === stored.name ? {} : { name: newName }),
      ...(newAvatar === stored.avatar ? {} : { avatar: newAvatar === '' ? null : newAvatar }),
    };
  }
}
