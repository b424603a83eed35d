import { DOCUMENT, Injector, afterNextRender, effect, inject, untracked } from '@angular/core';
import { pathSignal } from './url';

/** Elements to continue at, the best first: the title of the open part, the title of the list. */
const TARGETS = ['#detail h1', 'main h1'];

/** After a navigation, the focus moves to the new content, so that the keyboard and screen readers continue there. */
export function focusOnNavigation(): void {
  const document = inject(DOCUMENT);
  const injector = inject(Injector);
  const path = pathSignal();
  let last: string | undefined;
  effect(() => {
    const now = path();
    const isFirst = last === undefined || last === '/';
    if (last === now) return;
    last = now;
    if (!isFirst) untracked(() => afterNextRender({ read: () => moveFocus(document) }, { injector }));
  });
}

function moveFocus(document: Document): void {
  const target = TARGETS.flatMap((selector) => [...document.querySelectorAll<HTMLElement>(selector)]).find(isVisible);
  const region = target?.closest('#detail, main');
  // The view has moved the focus itself.
  if (target === undefined || region?.contains(document.activeElement)) return;
  target.tabIndex = -1;
  target.focus();
}

function isVisible(element: HTMLElement): boolean {
  return element.checkVisibility();
}
