import { Component } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { Panes } from './panes';

/** The list of chats, and the open chat. */
@Component({
  selector: 'app-chats-layout',
  imports: [Panes, RouterOutlet],
  template: `<app-panes label="Chats" i18n-label="@@chats.title" path="/chats">
    <router-outlet />
  </app-panes>`,
  styles: ':host { display: contents; }',
})
export class ChatsLayout {}
