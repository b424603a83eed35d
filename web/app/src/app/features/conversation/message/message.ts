import { Component, computed, inject, input, output } from '@angular/core';
import { CdkContextMenuTrigger, CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { PalomaError, type MessageChange, type Quote, type Row } from '@paloma/client';
import { sentence } from '../../../core/sentence';
import { hueOf } from '../../../shared/avatar/initials';
import { Icon } from '../../../shared/icon/icon';
import { TimeTexts } from '../../../shared/time/time-texts';
import { MessageText } from './message-text';
import { MessageQuote } from './quote';
import { Tick } from './tick';
import { Touch } from './touch';

/** A message in its bubble, with its time, its tick, and the actions that it offers. */
@Component({
  selector: 'app-message',
  imports: [CdkContextMenuTrigger, CdkMenu, CdkMenuItem, CdkMenuTrigger, Icon, MessageQuote, MessageText, Tick, Touch],
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

  /** The name of the sender of the answered message. */
  readonly quoted = input.required<string>();
  /** Whether a jump has just ended here. */
  readonly found = input.required<boolean>();
  /** The changes that the user may make now. */
  readonly allows = input.required<(change: MessageChange, row: Row) => boolean>();

  readonly changed = output<MessageChange>();
  /** Goes to the answered message. */
  readonly jump = output<Quote>();
  /** Asks for the list of readers. */
  readonly info = output();
  readonly copied = output();
  readonly retry = output();
  /** Moves the text of a failed message back to the composer. */
  readonly edit = output();
  readonly discard = output();

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
