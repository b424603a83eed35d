import {
  Component,
  DestroyRef,
  ElementRef,
  Injector,
  afterNextRender,
  afterRenderEffect,
  computed,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
  viewChildren,
} from '@angular/core';
import type { Conversation, ConversationState, MessageChange, Notice, Quote, Row } from '@paloma/client';
import { injectMyId } from '../../../core/session/my-id';
import { Icon } from '../../../shared/icon/icon';
import { Spinner } from '../../../shared/spinner/spinner';
import { startOfDay } from '../../../shared/time/days';
import { TimeTexts } from '../../../shared/time/time-texts';
import { noticeText } from '../../groups/notice-text';
import type { Item } from '../items/items';
import { Message } from '../message/message';
import type { ReactionRequest } from '../reactions/reacting';
import { SystemLine } from '../message/system-line';
import { injectAttention } from './attention';
import { END_PX, Rows } from './rows';

/** Pages load when the view comes this close to them, in pixels. */
const LOAD_AHEAD_PX = 1_500;

/** Height of a separator, in pixels. */
const SEPARATOR_PX = 44;

/** The messages of a conversation. Only the rows near the view are in the DOM. */
@Component({
  selector: 'app-message-list',
  imports: [Icon, Message, Spinner, SystemLine],
  templateUrl: './message-list.html',
  styleUrl: './message-list.scss',
})
export class MessageList {
  readonly conversation = input.required<Conversation>();
  readonly state = input.required<ConversationState>();
  readonly items = input.required<readonly Item[]>();
  /** Unread messages of the chat, shown on the button that goes to the end. */
  readonly unread = input.required<number>();
  /** Whether bubbles show their senders. */
  readonly group = input.required<boolean>();
  readonly nameOf = input.required<(userId: string) => string>();

  readonly allows = input.required<(change: MessageChange, row: Row) => boolean>();

  readonly changed = output<{ readonly change: MessageChange; readonly row: Row }>();
  readonly reacted = output<{ readonly request: ReactionRequest; readonly row: Row }>();
  readonly jump = output<Quote>();
  readonly info = output<Row>();
  readonly copied = output<Row>();
  readonly retry = output<Row>();
  readonly edit = output<Row>();
  readonly discard = output<Row>();

  protected readonly times = inject(TimeTexts);
  readonly #me = injectMyId();
  readonly #injector = inject(Injector);
  protected readonly scroller = viewChild<ElementRef<HTMLElement>>('scroller');
  protected readonly elements = viewChildren<ElementRef<HTMLElement>>('row');
  readonly #rows = new Rows(this.scroller, this.items, this.elements);
  readonly #attention = injectAttention(() => this.#markSeen());
  #seen = 0;
  /** Position of the view when it was last looked at, in pixels. */
  #top = 0;

  /** The list is invisible until it stands at its first position. */
  protected readonly opened = signal(false);
  /** Stays true while new rows have their place but the view is not there yet: only the reader leaves the end. */
  protected readonly atEnd = signal(false);
  /** The seq of the message to which the last jump went. */
  protected readonly found = signal<number | undefined>(undefined);
  /** The day of the first visible row: a label that floats over the list. */
  protected readonly floatingDay = signal<number | undefined>(undefined);
  protected readonly scrolling = this.#rows.virtual.isScrolling;
  protected readonly height = this.#rows.virtual.getTotalSize;
  protected readonly shown = computed(() => {
    const items = this.items();
    return this.#rows.virtual.getVirtualItems().flatMap(({ index, start }) => {
      const item = items[index];
      return item === undefined ? [] : [{ item, index, start }];
    });
  });

  constructor() {
    afterRenderEffect(() => {
      this.shown();
      this.state();
      if (!this.opened()) {
        this.#rows.stable();
        this.#rows.virtual.scrollOffset();
      }
      untracked(() => this.#settle());
    });
    afterNextRender(() => this.#watch());
  }

  /** Goes to a message. Whether it is there. */
  async toMessage(seq: number): Promise<boolean> {
    this.found.set(undefined);
    if (!(await this.conversation().showAround(seq))) return false;
    const show = (): void => {
      const index = this.items().findIndex((item) => item.kind === 'message' && item.row.seq === seq);
      if (index < 0) return;
      this.atEnd.set(false);
      this.#rows.virtual.scrollToIndex(index, { align: 'center' });
    };
    afterNextRender(show, { injector: this.#injector });
    this.found.set(seq);
    return true;
  }

  /** Goes to the newest message. */
  async toEnd(): Promise<void> {
    if (this.state().hasNewer) await this.conversation().jumpToEnd();
    const follow = (): void => {
      this.atEnd.set(true);
      this.#rows.virtual.scrollToEnd();
    };
    afterNextRender(follow, { injector: this.#injector });
  }

  protected noticeText(notice: Notice, senderId: string): string {
    return noticeText({ notice, senderId }, { me: this.#me(), nameOf: this.nameOf() });
  }

  /** The sender of the answered message. */
  protected quotedName({ quote }: Row): string {
    return quote?.senderId === undefined ? '' : this.nameOf()(quote.senderId);
  }

  /** The button goes away: the list takes its focus. */
  protected leaveForEnd(): void {
    this.scroller()?.nativeElement.focus({ preventScroll: true });
    void this.toEnd();
  }

  #watch(): void {
    const element = this.scroller()?.nativeElement;
    if (element === undefined) return;
    const scrolled = (): void => {
      if (element.scrollTop < this.#top) this.atEnd.set(false);
      this.#settle();
    };
    // Before the virtualizer, which renders in its own listener.
    element.addEventListener('scroll', scrolled, { passive: true, capture: true });
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth !== width) this.#rows.remeasure();
      width = element.clientWidth;
      this.#look();
    });
    observer.observe(element);
    this.#injector.get(DestroyRef).onDestroy(() => observer.disconnect());
  }

  #settle(): void {
    if (this.items().length === 0) return;
    if (!this.opened()) {
      if (this.#startsUnread()) {
        void this.conversation().loadOlder();
        return;
      }
      const unread = this.items().findIndex(({ kind }) => kind === 'unread');
      if (!this.#rows.open(unread < 0 ? undefined : unread)) return;
      this.opened.set(true);
    }
    this.#look();
  }

  /** The first row is the first unread one: its separator needs the row before it. */
  #startsUnread(): boolean {
    const { rows, hasOlder, unreadAfter, unreadAtOpen, problem } = this.state();
    return hasOlder && unreadAtOpen > 0 && problem === undefined && rows[0]?.seq === unreadAfter + 1;
  }

  /** Follows the view: marks the rows that it shows, and loads rows that it needs. */
  #look(): void {
    const element = this.scroller()?.nativeElement;
    if (element === undefined || !this.opened()) return;
    this.#followEnd(element);
    const { scrollTop, clientHeight, scrollHeight } = element;
    const below = scrollHeight - clientHeight - scrollTop;
    this.#nameDay(scrollTop);
    this.#markSeen();
    const { hasOlder, loadingOlder, hasNewer, loadingNewer, problem } = this.state();
    if (problem !== undefined) return;
    if (hasOlder && !loadingOlder && scrollTop < LOAD_AHEAD_PX) void this.conversation().loadOlder();
    if (hasNewer && !loadingNewer && below < LOAD_AHEAD_PX) void this.conversation().loadNewer();
  }

  /**
   * A view at the end goes on to new rows. The virtualizer cannot do it: it takes the end from the last scroll event,
   * so rows that arrive before that event, right after others, would leave it behind.
   */
  #followEnd(element: HTMLElement): void {
    const isAtEnd = (): boolean => element.scrollHeight - element.clientHeight - element.scrollTop <= END_PX;
    // Rows after the window are no arrivals: the reader goes on where the window ended.
    this.atEnd.set(!this.state().hasNewer && (this.atEnd() || isAtEnd()));
    if (this.atEnd() && !isAtEnd()) this.#rows.virtual.scrollToEnd();
    this.#top = element.scrollTop;
  }

  /** The day at the top, unless a separator there shows it. */
  #nameDay(scrollTop: number): void {
    const dayAt = (offset: number): number | undefined => {
      const row = this.#rows.virtual.getVirtualItemForOffset(offset);
      const item = row === undefined || row.start > offset ? undefined : this.items()[row.index];
      return item?.kind === 'message' ? startOfDay(item.time) : undefined;
    };
    const day = dayAt(scrollTop);
    this.floatingDay.set(day === dayAt(scrollTop + SEPARATOR_PX) ? day : undefined);
  }

  #markSeen(): void {
    const element = this.scroller()?.nativeElement;
    if (element === undefined || !this.opened() || this.#attention.covered()) return;
    const seq = this.#lastVisible(element.scrollTop, element.scrollTop + element.clientHeight);
    if (seq > this.#seen && this.conversation().seen(seq)) this.#seen = seq;
  }

  /** The seq of the last message with its end on the screen, or that fills the screen. 0: none. */
  #lastVisible(top: number, bottom: number): number {
    const items = this.items();
    let last = 0;
    for (const { index, start, end } of this.#rows.virtual.getVirtualItems()) {
      const item = items[index];
      if (item?.kind !== 'message' || item.row.seq === undefined) continue;
      const visible = end > top && (end <= bottom + 1 || start <= top) && start < bottom;
      if (visible) last = Math.max(last, item.row.seq);
    }
    return last;
  }
}
