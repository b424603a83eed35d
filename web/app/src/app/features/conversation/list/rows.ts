import { ElementRef, Signal, afterRenderEffect, signal, untracked } from '@angular/core';
import { Range, defaultRangeExtractor, injectVirtualizer } from '@tanstack/angular-virtual';
import type { Item } from '../items/items';
import { estimateHeight } from './estimate';

/** Space above the first row, for the sign of loading. It never changes: a change would move the rows. */
export const SPACE_ABOVE_PX = 56;
const SPACE_BELOW_PX = 12;

/** Distance from the end, in pixels, that still counts as the end. */
export const END_PX = 24;

/** Rows beyond the visible ones, on each side, that are in the DOM. */
const OVERSCAN = 8;

/** Rows on each side that are measured before they come into view. */
const MEASURED_AHEAD = 60;

/** Most rows in the DOM only to be measured. */
const MEASURED_AT_ONCE = 60;

/**
 * The virtual rows of a message list.
 *
 * A row's height is known only from the DOM. A height that is corrected while the user scrolls moves the rows, and ends
 * the browser's smooth scrolling. Therefore new rows near the view are rendered once, out of sight, and measured in the
 * same turn, before the browser paints.
 */
export class Rows {
  /** Rows measured at the present width. */
  #measured = new Set<string>();
  /** Changes when rows have been measured: the next ones can be. */
  readonly #turn = signal(0);
  readonly #stable = signal(false);
  /** Whether all rows in the DOM are measured. */
  readonly stable = this.#stable.asReadonly();
  #observing = false;

  readonly virtual = injectVirtualizer<HTMLElement, HTMLElement>(() => {
    this.#turn();
    const list = this.items();
    return {
      scrollElement: this.scroller(),
      count: list.length,
      getItemKey: (index) => list[index]?.key ?? index,
      estimateSize: (index) => estimateHeight(list[index]),
      rangeExtractor: (range) => this.#withUnmeasured(range, list),
      overscan: OVERSCAN,
      paddingStart: SPACE_ABOVE_PX,
      paddingEnd: SPACE_BELOW_PX,
      anchorTo: 'end',
      scrollEndThreshold: END_PX,
    };
  });

  constructor(
    private readonly scroller: Signal<ElementRef<HTMLElement> | undefined>,
    private readonly items: Signal<readonly Item[]>,
    private readonly elements: Signal<readonly ElementRef<HTMLElement>[]>,
  ) {
    afterRenderEffect(() => this.#measure());
  }

  /** Measures all rows again: the width has changed. */
  remeasure(): void {
    this.#measured = new Set();
    this.#turn.update((turn) => turn + 1);
  }

  /**
   * Scrolls to a row, or to the end. Returns whether the view stands there, and all rows around are measured; otherwise
   * call it again after the next turn.
   */
  open(index: number | undefined): boolean {
    const { virtual } = this;
    const target = index === undefined ? undefined : virtual.getOffsetForIndex(index, 'start')?.[0];
    if (index === undefined) virtual.scrollToEnd();
    else virtual.scrollToIndex(index, { align: 'start' });
    // Not the virtualizer's own offset: a list that fits into the view posts no scroll event that would correct it.
    const offset = this.scroller()?.nativeElement.scrollTop ?? 0;
    const there = target === undefined ? virtual().isAtEnd() : Math.abs(target - offset) < 1;
    return there && this.#stable();
  }

  #withUnmeasured(range: Range, list: readonly Item[]): number[] {
    const indexes = defaultRangeExtractor(range);
    const first = indexes[0] ?? 0;
    const last = indexes.at(-1) ?? -1;
    const isNew = (index: number): boolean => {
      const key = list[index]?.key;
      return key !== undefined && !this.#measured.has(key);
    };
    const nearest: number[] = [];
    for (let step = 1; step <= MEASURED_AHEAD && nearest.length < MEASURED_AT_ONCE; step++) {
      if (isNew(first - step)) nearest.push(first - step);
      if (isNew(last + step)) nearest.push(last + step);
    }
    return [...indexes, ...nearest].sort((a, b) => a - b);
  }

  /**
   * Lets the virtualizer's ResizeObserver see later changes of the rows, from the next frame on. This turn may run
   * inside a ResizeObserver, and the browser reports an error if such a turn observes more elements.
   */
  #observe(): void {
    if (this.#observing) return;
    this.#observing = true;
    requestAnimationFrame(() => {
      this.#observing = false;
      for (const { nativeElement } of untracked(this.elements)) {
        if (nativeElement.isConnected) this.virtual.measureElement(nativeElement);
      }
    });
  }

  /** The first row on the screen that was measured before: a new row above it must not move it, even in view. */
  #firstMeasured(list: readonly Item[]): number | undefined {
    const top = untracked(this.virtual).scrollOffset ?? 0;
    const rows = untracked(this.virtual.getVirtualItems);
    return rows.find(({ index, end }) => end > top && this.#measured.has(list[index]?.key ?? ''))?.index;
  }

  #measure(): void {
    this.virtual.getVirtualItems();
    const list = this.items();
    const still = this.#firstMeasured(list);
    const heights = new Map<number, number>();
    for (const { nativeElement } of this.elements()) {
      const index = Number(nativeElement.dataset['index']);
      const key = list[index]?.key;
      if (key === undefined || this.#measured.has(key)) continue;
      this.#measured.add(key);
      heights.set(index, nativeElement.offsetHeight);
    }
    const virtualizer = untracked(this.virtual);
    if (still !== undefined) virtualizer.shouldAdjustScrollPositionOnItemSizeChange = ({ index }) => index < still;
    for (const [index, height] of heights) virtualizer.resizeItem(index, height);
    virtualizer.shouldAdjustScrollPositionOnItemSizeChange = undefined;
    this.#observe();
    this.#stable.set(heights.size === 0);
    if (heights.size > 0) untracked(() => this.#turn.update((turn) => turn + 1));
  }
}
