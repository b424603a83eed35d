import { Component } from '@angular/core';
import { EmptyState } from '../shared/empty/empty-state';

/** The place of the open chat, while none is open. */
@Component({
  selector: 'app-no-chat',
  imports: [EmptyState],
  template: `<app-empty-state icon="chats" title="No chat is open" i18n-title="@@noChat.title">
    <span i18n="@@noChat.hint">Choose a chat from the list, or start a new one.</span>
  </app-empty-state>`,
  styles: ':host { display: flex; flex: 1; }',
})
export class NoChat {}
