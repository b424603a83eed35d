import { Component, inject, input, output, signal } from '@angular/core';
import { FormField, FormRoot, form } from '@angular/forms/signals';
import { PALOMA } from '../../../core/paloma';
import { Button } from '../../../shared/button/button';
import { TextField } from '../../../shared/field/text-field';
import { FormProblem } from '../../../shared/forms/form-problem';
import { appCodeWrongText } from '../../../shared/forms/field-sentences';
import { codeOf, requiredRule } from '../../../shared/forms/rules';
import { submission } from '../../../shared/forms/submission';

/** Switches two-step login off, with a code of the app. */
@Component({
  selector: 'app-remove-form',
  imports: [Button, FormField, FormProblem, FormRoot, TextField],
  template: `<form class="stack" [formRoot]="form">
    <p i18n="@@twoStep.isOn">
      Two-step login is on. To switch it off, enter a code. The recovery codes stop working too.
    </p>
    <app-form-problem [errors]="form().errors()" />
    <app-text-field
      first
      label="Code that the app shows"
      i18n-label="@@field.appCode"
      inputmode="numeric"
      autocomplete="one-time-code"
      [formField]="form.code"
    />
    <div class="actions">
      <button type="submit" appButton="danger" [busy]="form().submitting()" i18n="@@twoStep.remove">
        Switch it off
      </button>
      <button type="button" appButton="secondary" (click)="cancelled.emit()" i18n="@@dialog.cancel">Cancel</button>
    </div>
  </form>`,
})
export class RemoveForm {
  readonly password = input.required<string>();
  readonly removed = output();
  readonly cancelled = output();

  readonly #account = inject(PALOMA).account;
  protected readonly form = form(signal({ code: '' }), (path) => requiredRule(path.code), {
    submission: submission(({ code }: { code: string }) => this.#remove(codeOf(code)), {
      fieldTexts: { code: appCodeWrongText() },
    }),
  });

  async #remove(code: string): Promise<void> {
    await this.#account.removeTotp({ password: this.password(), code });
    this.removed.emit();
  }
}
