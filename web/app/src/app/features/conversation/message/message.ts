import { Component, ElementRef, computed, inject, input, output, viewChild } from '@angular/core';
import { CdkContextMenuTrigger, CdkMenu, CdkMenuItem, CdkMenuItemCheckbox, CdkMenuTrigger } from '@angular/cdk/menu';
import type { ConnectedPosition } from '@angular/cdk/overlay';
import { PalomaError, type MessageChange, type Quote, type Row } from '@paloma/client';
import { sentence } from '../../../core/sentence';
import { hueOf } from '../../../shared/avatar/initials';
import { Icon } from '../../../shared/icon/icon';
import { TimeTexts } from '../../../shared/time/time-texts';
import { Across } from '../reactions/across';
import { FREQUENT } from '../reactions/emoji';
import type { ReactionRequest } from '../reactions/reacting';
import { ReactionRow } from '../reactions/reaction-row';
import { MessageText } from './message-text';
import { MessageQuote } from './quote';
import { Tick } from './tick';
import { Touch } from './touch';

/** A corner of the menu stands at the press. Without the CDK's distance, the menu fits into the narrowest screen. */
const CORNERS: ConnectedPosition[] = (['top', 'bottom'] as const).flatMap((overlayY) =>
  (['start', 'end'] as const).map((overlayX) => ({ originX: 'start', originY: 'top', overlayX, overlayY })),
);

/** A message in its bubble, with its time, its tick, and the actions that it offers. */
@Component({
  selector: 'app-message',
  imports: [
    ...[CdkContextMenuTrigger, CdkMenu, CdkMenuItem, CdkMenuItemCheckbox, CdkMenuTrigger, Across],
    ...[Icon, MessageQuote, MessageText, ReactionRow, Tick, Touch],
  ],
  templateUrl: './message.html',
  styleUrl: './message.scss',
  host: {
    role: 'article',
    'data-testid': 'message',
    '[attr.data-seq]': 'row().seq',
    '[class.own]': 'row().own',
    '[class.found]': 'found()',
    '[attr.aria-busy]': 'row().changing || null',
    '[class.starts-group]': 'startsGroup()',
    '[class.starts-minute]': 'startsMinute()',
  },
})
export class Message {
  readonly row = input.required<Row>();
  /** Epoch milliseconds by the server's clock. */
  readonly time = input.required<number>();
  readonly startsGroup = input.required<boolean>();
  readonly startsMinute = input.required<boolean>();
  readonly sender = input.required<string>();
  /** Whether the chat is a direct one. */
  readonly direct = input.required<boolean>();
  /** Whether the bubble shows the sender. Screen readers always read it. */
  readonly showsSender = input.required<boolean>();

  readonly nameOf = input.required<(userId: string) => string>();
  /** The name of the sender of the answered message. */
  readonly quoted = input.required<string>();
  /** Whether a jump has just ended here. */
  readonly found = input.required<boolean>();
  /** The changes that the user may make now. */
  readonly allows = input.required<(change: MessageChange, row: Row) => boolean>();

  readonly changed = output<MessageChange>();
  readonly reacted = output<ReactionRequest>();
  /** Goes to the answered message. */
  readonly jump = output<Quote>();
  /** Asks for the list of readers. */
  readonly info = output();
  readonly copied = output();
  readonly retry = output();
  /** Moves the text of a failed message back to the composer. */
  readonly edit = output();
  readonly discard = output();

  protected readonly frequent = FREQUENT;
  protected readonly positions = CORNERS;
  protected readonly ownEmoji = computed(() => this.row().reactions.find(({ own }) => own)?.emoji);
  private readonly more = viewChild<ElementRef<HTMLElement>>('more');

  protected readonly editedText = $localize`:@@message.edited:edited`;
  protected readonly deletedText = computed(() => {
    const { deletedBy, senderId } = this.row();
    if (deletedBy === 'operator') {
      return $localize`:@@message.removed:An operator of this service removed this message`;
    }
    if (deletedBy === undefined || deletedBy === senderId) return $localize`:@@message.erased:This message was deleted`;
    return $localize`:@@message.deletedByAdmin:An admin deleted this message`;
  });

  readonly #times = inject(TimeTexts);
  protected readonly clock = computed(() => this.#times.time(this.time()));
  protected readonly moment = computed(() => new Date(this.time()).toISOString());
  /** The colour of the sender, as in the avatar. */
  protected readonly hue = computed(() => hueOf(this.row().senderId));
  protected may(change: MessageChange): boolean {
    return this.allows()(change, this.row());
  }

  /** Whether the menu has any action. */
  protected hasActions(): boolean {
    return this.row().kind === 'text' || this.may('hide');
  }

  protected rightClicked(event: Event): void {
    if (hasOwnMenu(event.target) || !this.hasActions()) event.stopPropagation();
  }

  protected toggled(emoji: string): void {
    const isLast = this.row().reactions.some((one) => one.own && one.count === 1 && one.emoji === emoji);
    // The button goes away, and the focus would be lost.
    if (isLast) this.more()?.nativeElement.focus({ preventScroll: true });
    this.reacted.emit({ kind: 'toggle', emoji });
  }

  protected swiped(): void {
    if (this.may('reply')) this.changed.emit('reply');
  }

  protected readonly reason = computed(() => {
    const { problem } = this.row();
    return problem === undefined
      ? ''
      : sentence(new PalomaError('problem', problem.title, problem), { forbidden: forbiddenText(this.direct()) });
  });
}

/** Links, and text that the user has selected, keep the menu of the browser. */
function hasOwnMenu(target: EventTarget | null): boolean {
  return (target instanceof Element && target.closest('a') !== null) || getSelection()?.isCollapsed === false;
}

/** In a direct chat, the user alone can have caused it. */
function forbiddenText(direct: boolean): string {
  if (direct) return $localize`:@@message.blocked:You have blocked this person. Unblock them, then try again.`;
  return $localize`:@@message.forbidden:You cannot write in this chat.`;
}
