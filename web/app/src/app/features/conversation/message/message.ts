import { Component, computed, inject, input, output } from '@angular/core';
import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { PalomaError, Row } from '@paloma/client';
import { sentence } from '../../../core/sentence';
import { hueOf } from '../../../shared/avatar/initials';
import { Icon } from '../../../shared/icon/icon';
import { TimeTexts } from '../../../shared/time/time-texts';
import { MessageText } from './message-text';
import { Tick } from './tick';

/** A message in its bubble, with its time, its tick, and the actions that it offers. */
@Component({
  selector: 'app-message',
  imports: [CdkMenu, CdkMenuItem, CdkMenuTrigger, Icon, MessageText, Tick],
  templateUrl: './message.html',
  styleUrl: './message.scss',
  host: {
    role: 'article',
    'data-testid': 'message',
    '[attr.data-seq]': 'row().seq',
    '[class.own]': 'row().own',
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
  /** Whether the bubble shows the sender. Screen readers always read it. */
  readonly showsSender = input.required<boolean>();

  /** Asks for the list of readers. */
  readonly info = output();
  readonly copied = output();
  readonly retry = output();
  /** Moves the text of a failed message back to the composer. */
  readonly edit = output();
  readonly discard = output();

  readonly #times = inject(TimeTexts);
  protected readonly clock = computed(() => this.#times.time(this.time()));
  protected readonly moment = computed(() => new Date(this.time()).toISOString());
  /** The colour of the sender, as in the avatar. */
  protected readonly hue = computed(() => hueOf(this.row().senderId));
  protected readonly reason = computed(() => {
    const { problem } = this.row();
    return problem === undefined ? '' : sentence(new PalomaError('problem', problem.title, problem));
  });
}
