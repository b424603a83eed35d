import { Component, DOCUMENT, ElementRef, afterNextRender, inject, input, viewChild } from '@angular/core';
import { ChatSummary } from '@paloma/client';

/**
 * Why a user cannot write: after leaving the group, after an operator has removed it, or as a member of a group where
 * only admins write.
 */
export type ClosedReason = 'former' | 'removed' | 'admins';

export function closedReason(chat: ChatSummary | undefined): ClosedReason | undefined {
  if (chat?.role === 'former') return chat.last?.notice?.type === 'chatRemoved' ? 'removed' : 'former';
  return chat?.onlyAdminsWrite && chat.role !== 'admin' ? 'admins' : undefined;
}

/** Stands in the place of the composer where the user cannot write. */
@Component({
  selector: 'app-composer-closed',
  template: `<p #text tabindex="-1" role="status" data-testid="composer-closed">
    @if (reason() === 'former') {
      <ng-container i18n="@@composer.former">
        You are no longer a member of this group. You see the messages up to your leaving.
      </ng-container>
    } @else if (reason() === 'removed') {
      <ng-container i18n="@@composer.removed">This group was removed. You cannot write here any more.</ng-container>
    } @else {
      <ng-container i18n="@@composer.admins">Only admins can write in this group.</ng-container>
    }
  </p>`,
  styles: `
    p {
      padding: var(--space-4);
      border-top: 1px solid var(--border);
      background: var(--surface);
      color: var(--text-muted);
      text-align: center;
      outline: none;
    }
  `,
})
export class ComposerClosed {
  readonly reason = input.required<ClosedReason>();
  private readonly text = viewChild.required<ElementRef<HTMLElement>>('text');

  constructor() {
    const document = inject(DOCUMENT);
    // The composer may go while the user types: the keyboard stays in the conversation.
    afterNextRender(() => {
      if (document.activeElement === document.body) this.text().nativeElement.focus({ preventScroll: true });
    });
  }
}
