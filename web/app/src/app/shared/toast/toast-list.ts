import { Component, inject } from '@angular/core';
import { Icon } from '../icon/icon';
import { Toasts, type ToastAction } from './toasts';

/** Shows the toasts, and lets screen readers read them. */
@Component({
  selector: 'app-toast-list',
  imports: [Icon],
  template: `@for (toast of toasts.all(); track toast.id) {
    <div class="toast" [class]="toast.kind">
      <span>{{ toast.text }}</span>
      @if (toast.action; as action) {
        <button type="button" class="action" (click)="run(toast.id, action)">{{ action.text }}</button>
      }
      <button
        type="button"
        aria-label="Close"
        i18n-aria-label="@@toast.close"
        class="icon-button"
        (click)="toasts.dismiss(toast.id)"
      >
        <app-icon name="close" [size]="18" />
      </button>
    </div>
  }`,
  styles: `
    :host {
      position: fixed;
      z-index: 900;
      inset: auto var(--space-4) max(var(--space-5), env(safe-area-inset-bottom));
      display: flex;
      flex-direction: column;
      gap: var(--space-2);
      align-items: center;
      pointer-events: none;
    }
    .toast {
      display: flex;
      gap: var(--space-2);
      align-items: center;
      max-width: 32rem;
      padding: var(--space-1) var(--space-1) var(--space-1) var(--space-4);
      border-radius: var(--radius-m);
      background: var(--text);
      color: var(--surface);
      font-size: var(--font-s);
      box-shadow: var(--shadow-3);
      pointer-events: auto;
    }
    .problem {
      background: var(--danger);
      color: var(--on-danger);
    }
    .action {
      min-height: var(--target);
      padding-inline: var(--space-3);
      border: 0;
      background: none;
      color: inherit;
      font-weight: 600;
      text-decoration: underline;
    }
    .icon-button,
    .icon-button:hover {
      background: none;
      color: inherit;
    }
  `,
  host: { role: 'status', 'aria-live': 'polite' },
})
export class ToastList {
  protected readonly toasts = inject(Toasts);

  protected run(id: number, action: ToastAction): void {
    this.toasts.dismiss(id);
    action.run();
  }
}
