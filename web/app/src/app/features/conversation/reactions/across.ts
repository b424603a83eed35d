import { Directive, ElementRef, contentChildren, inject } from '@angular/core';
import { CdkMenu, CdkMenuItem } from '@angular/cdk/menu';

/** Items of a menu side by side: the arrows left and right move between them, too. */
@Directive({
  selector: '[appAcross]',
  host: { '(keydown.arrowleft)': 'move($event, -1)', '(keydown.arrowright)': 'move($event, 1)' },
})
export class Across {
  readonly #menu = inject(CdkMenu);
  private readonly items = contentChildren(CdkMenuItem);
  private readonly elements = contentChildren(CdkMenuItem, { read: ElementRef<HTMLElement> });

  protected move(event: Event, step: number): void {
    const from = this.elements().findIndex(({ nativeElement }) => nativeElement === event.target);
    const next = this.items()[(from + step + this.items().length) % this.items().length];
    if (from < 0 || next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#menu.setActiveMenuItem(next);
  }
}
