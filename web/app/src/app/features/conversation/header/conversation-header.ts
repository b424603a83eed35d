import { Component, computed, inject, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ChatSummary, Profile } from '@paloma/client';
import { Avatar } from '../../../shared/avatar/avatar';
import { Icon } from '../../../shared/icon/icon';
import { TimeTexts } from '../../../shared/time/time-texts';
import { ChatMenu } from '../../chats/chat-menu';
import { chatName } from '../../chats/chat-name';
import { typingText } from '../../chats/typing-text';

/** The chat's name, and below it the members who are typing, the presence, or the members. */
@Component({
  selector: 'app-conversation-header',
  imports: [Avatar, ChatMenu, Icon, RouterLink],
  templateUrl: './conversation-header.html',
  styleUrl: './conversation-header.scss',
})
export class ConversationHeader {
  readonly chat = input.required<ChatSummary | undefined>();
  readonly members = input.required<readonly Profile[]>();
  readonly nameOf = input.required<(userId: string) => string>();
  /** Asks for the page of the group. */
  readonly details = output();

  readonly #times = inject(TimeTexts);
  protected readonly name = computed(() => {
    const chat = this.chat();
    return chat === undefined ? '' : chatName(chat);
  });
  protected readonly typing = computed(() => {
    const chat = this.chat();
    return chat === undefined ? undefined : typingText(chat, this.nameOf());
  });
  protected readonly subtitle = computed(() => {
    const chat = this.chat();
    if (chat?.kind === 'group') {
      const nameOf = this.nameOf();
      return this.members()
        .map(({ userId }) => nameOf(userId))
        .join(', ');
    }
    const presence = chat?.presence;
    if (presence?.online) return $localize`:@@presence.online:online`;
    return presence?.lastSeen === undefined ? '' : this.#times.lastSeen(presence.lastSeen);
  });
}
