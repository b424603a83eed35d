import { Component, DOCUMENT, ElementRef, afterNextRender, inject, input, signal, viewChild } from '@angular/core';
import { Button } from '../../shared/button/button';
import { Blocking, type OtherUser } from './blocking';

/** Stands in the place of the composer in a chat with a blocked user. */
@Component({
  selector: 'app-blocked-bar',
  imports: [Button],
  template: `<p #text tabindex="-1" role="status">
      <ng-container i18n="@@block.bar"
        >You have blocked <bdi>{{ user().name }}</bdi>.</ng-container
      >
    </p>
    <button type="button" appButton="secondary" [busy]="busy()" (click)="unblock()" i18n="@@block.end">
      Unblock
    </button>`,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      gap: var(--space-2) var(--space-4);
      align-items: center;
      justify-content: center;
      padding: var(--space-3) var(--space-4);
      border-top: 1px solid var(--border);
      background: var(--surface);
    }
    p {
      min-width: 0;
      overflow-wrap: anywhere;
      color: var(--text-muted);
      outline: none;
    }
  `,
  host: { 'data-testid': 'blocked-bar' },
})
export class BlockedBar {
  readonly user = input.required<OtherUser>();

  readonly #blocking = inject(Blocking);
  protected readonly busy = signal(false);
  private readonly text = viewChild.required<ElementRef<HTMLElement>>('text');

  constructor() {
    const document = inject(DOCUMENT);
    // The composer may go while the user types: the keyboard stays in the conversation.
    afterNextRender(() => {
      if (document.activeElement === document.body) this.text().nativeElement.focus({ preventScroll: true });
    });
  }

  protected async unblock(): Promise<void> {
    this.busy.set(true);
    await this.#blocking.unblock(this.user());
    this.busy.set(false);
  }
}
