import { Directive, ElementRef, inject, output } from '@angular/core';

/** Time until a touch that stays counts as a long press. */
const LONG_PRESS_MS = 500;
/** Distance in pixels at which a touch counts as a movement, and as a swipe. */
const MOVED_PX = 10;
const SWIPE_PX = 64;

/** Gestures of one finger: a long press, and a swipe in the direction of reading. */
@Directive({
  selector: '[appTouch]',
  host: {
    '(touchstart)': 'start($event)',
    '(touchmove)': 'move($event)',
    '(touchend)': 'end()',
    '(touchcancel)': 'reset()',
  },
})
export class Touch {
  readonly pressed = output<{ x: number; y: number }>();
  readonly swiped = output();

  readonly #element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  #from: { x: number; y: number } | undefined;
  #distance = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected start(event: TouchEvent): void {
    this.reset();
    const touch = event.touches[0];
    if (touch === undefined || event.touches.length > 1) return;
    const from = { x: touch.clientX, y: touch.clientY };
    this.#from = from;
    this.#timer = setTimeout(() => {
      this.reset();
      this.pressed.emit(from);
    }, LONG_PRESS_MS);
  }

  protected move(event: TouchEvent): void {
    const touch = event.touches[0];
    if (this.#from === undefined || touch === undefined) return;
    const across = touch.clientX - this.#from.x;
    const down = Math.abs(touch.clientY - this.#from.y);
    if (Math.max(Math.abs(across), down) > MOVED_PX) clearTimeout(this.#timer);
    // The finger scrolls the list.
    if (down > Math.abs(across) && down > MOVED_PX) {
      this.reset();
      return;
    }
    const sign = getComputedStyle(this.#element).direction === 'rtl' ? -1 : 1;
    this.#distance = Math.min(Math.max(0, across * sign), SWIPE_PX);
    this.#element.style.translate = this.#distance > MOVED_PX ? `${sign * this.#distance}px` : '';
  }

  protected end(): void {
    const isSwipe = this.#distance >= SWIPE_PX;
    this.reset();
    if (isSwipe) this.swiped.emit();
  }

  protected reset(): void {
    clearTimeout(this.#timer);
    this.#from = undefined;
    this.#distance = 0;
    this.#element.style.translate = '';
  }
}
