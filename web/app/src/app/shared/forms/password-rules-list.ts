import { Component, computed, input } from '@angular/core';
import { Icon } from '../icon/icon';
import { passwordRules } from './password-rules';

/** The rules for a new password, with a check mark at each that the password meets. */
@Component({
  selector: 'app-password-rules',
  imports: [Icon],
  template: `<ul aria-label="Rules for the password" i18n-aria-label="@@password.rules">
    @for (rule of rules(); track rule.text) {
      <li [class.met]="rule.met">
        <app-icon [name]="rule.met ? 'check' : 'close'" [size]="16" />
        {{ rule.text }}
        @if (rule.met) {
          <span class="visually-hidden" i18n="@@password.met">(met)</span>
        }
      </li>
    }
  </ul>`,
  styles: `
    ul {
      display: grid;
      gap: var(--space-1);
      color: var(--text-muted);
      font-size: var(--font-s);
      list-style: none;
    }
    li {
      display: flex;
      gap: var(--space-2);
      align-items: center;
    }
    li:not(.met) app-icon {
      opacity: 0.5;
    }
    .met app-icon {
      color: var(--online);
    }
  `,
})
export class PasswordRulesList {
  readonly password = input.required<string>();
  protected readonly rules = computed(() => passwordRules(this.password()));
}
