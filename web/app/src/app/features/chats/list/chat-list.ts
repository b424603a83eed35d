import {
  Component,
  ElementRef,
  afterRenderEffect,
  computed,
  inject,
  input,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core';
import { CdkContextMenuTrigger } from '@angular/cdk/menu';
import { RouterLink } from '@angular/router';
import { defaultRangeExtractor, injectVirtualizer } from '@tanstack/angular-virtual';
import type { ChatSummary } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { readableSignal } from '../../../core/readable';
import { injectNames } from '../../conversation/names';
import { ChatMenu } from '../chat-menu';
import { ChatRow } from './chat-row';

const ROW_REM = 4.5;

/**
 * The chats in the given order. Arrows move between them, Enter opens one, the menu key or a right click shows what can
 * be done with one. Only the rows near the view are in the DOM.
 */
@Component({
  selector: 'app-chat-list',
  imports: [CdkContextMenuTrigger, ChatMenu, ChatRow, RouterLink],
  templateUrl: './chat-list.html',
  styleUrl: './chat-list.scss',
})
export class ChatList {
  readonly chats = input.required<readonly ChatSummary[]>();
  /** The chat that is open beside the list. */
  readonly open = input.required<string | undefined>();

  protected readonly scroller = viewChild<ElementRef<HTMLElement>>('scroller');
  protected readonly drafts = readableSignal(inject(PALOMA).drafts.all);
  protected readonly nameOf = injectNames(() => [], '');
  protected readonly activeIndex = computed(() => {
    const index = this.chats().findIndex(({ chatId }) => chatId === this.active());
    return Math.max(index, 0);
  });
  /** The chat that Tab reaches. */
  protected readonly active = linkedSignal(() => this.open());
  readonly #rowHeight = ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
  protected readonly rows = injectVirtualizer<HTMLElement, HTMLElement>(() => {
    const chats = this.chats();
    const active = this.activeIndex();
    return {
      scrollElement: this.scroller(),
      count: chats.length,
      getItemKey: (index) => chats[index]?.chatId ?? index,
      estimateSize: () => this.#rowHeight,
      overscan: 6,
      // The row that has the focus stays in the DOM.
      rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), active])].sort((a, b) => a - b),
    };
  });
  protected readonly shown = computed(() => {
    const chats = this.chats();
    return this.rows.getVirtualItems().flatMap(({ index, start }) => {
      const chat = chats[index];
      return chat === undefined ? [] : [{ chat, index, start }];
    });
  });

  /** The chat that has the focus. */
  #focused: string | undefined;
  #focusedIndex = 0;
  /** The chat that gets the focus as soon as its row is in the DOM. */
  readonly #wanted = signal<string | undefined>(undefined);

  constructor() {
    afterRenderEffect(() => {
      this.shown();
      const wanted = this.#wanted();
      // A row that moves in the list loses the focus.
      const lost = document.activeElement === document.body ? this.#remaining(this.#focused) : undefined;
      const link = this.#link(wanted ?? lost);
      if (link === undefined || !link.checkVisibility()) return;
      link.focus({ preventScroll: wanted !== undefined });
      this.#wanted.set(undefined);
    });
  }

  /** Moves the focus to a chat, or to the first one. */
  focus(chatId?: string): void {
    this.#move(Math.max(0, chatId === undefined ? 0 : this.chats().findIndex((chat) => chat.chatId === chatId)));
  }

  protected focused(chatId: string): void {
    this.active.set(chatId);
    this.#focused = chatId;
    this.#focusedIndex = this.activeIndex();
  }

  protected blurred({ relatedTarget }: FocusEvent): void {
    if (relatedTarget !== null) this.#focused = undefined;
  }

  protected key(event: KeyboardEvent): void {
    const last = this.chats().length - 1;
    const page = Math.max(1, Math.floor((this.scroller()?.nativeElement.clientHeight ?? 0) / this.#rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -last,
      End: last,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.#move(Math.min(last, Math.max(0, this.activeIndex() + step)));
  }

  #move(index: number): void {
    const chat = this.chats()[index];
    if (chat === undefined) return;
    this.active.set(chat.chatId);
    this.rows.scrollToIndex(index);
    this.#wanted.set(chat.chatId);
  }

  /** The chat that the keyboard continues at: if this one has left the list, the one that took its place. */
  #remaining(chatId: string | undefined): string | undefined {
    const chats = this.chats();
    const index = chats.findIndex((chat) => chat.chatId === chatId);
    if (index >= 0) this.#focusedIndex = index;
    if (index >= 0 || chatId === undefined) return chatId;
    const next = chats[Math.min(this.#focusedIndex, chats.length - 1)]?.chatId;
    if (next !== undefined) this.active.set(next);
    return next;
  }

  #link(chatId: string | undefined): HTMLElement | undefined {
    if (chatId === undefined) return undefined;
    const link = this.scroller()?.nativeElement.querySelector<HTMLElement>(`[data-chat="${CSS.escape(chatId)}"]`);
    return link ?? undefined;
  }
}
