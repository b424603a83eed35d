import { Component, computed, inject, input } from '@angular/core';
import type { ChatSummary } from '@paloma/client';
import { injectMyId } from '../../../core/session/my-id';
import { Avatar } from '../../../shared/avatar/avatar';
import { Icon } from '../../../shared/icon/icon';
import { TimeTexts } from '../../../shared/time/time-texts';
import { Tick } from '../../conversation/message/tick';
import { chatName } from '../chat-name';
import { previewOf } from './preview';

/** A chat in the list: its name, its last message, the time, and the unread messages. */
@Component({
  selector: 'app-chat-row',
  imports: [Avatar, Icon, Tick],
  templateUrl: './chat-row.html',
  styleUrl: './chat-row.scss',
  host: { '[class.has-unread]': 'chat().unread > 0 || chat().markedUnread' },
})
export class ChatRow {
  readonly chat = input.required<ChatSummary>();
  readonly draft = input.required<string | undefined>();
  readonly nameOf = input.required<(userId: string) => string>();

  readonly #times = inject(TimeTexts);
  readonly #me = injectMyId();
  protected readonly name = computed(() => chatName(this.chat()));
  protected readonly preview = computed(() => {
    return previewOf(this.chat(), this.draft(), { me: this.#me(), nameOf: this.nameOf() });
  });
  protected readonly time = computed(() => this.#times.short(this.chat().time));
}
