import { Component } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { Chats } from '../features/chats/chats';
import { Panes } from './panes';

/** The list of chats, and the open chat. */
@Component({
  selector: 'app-chats-layout',
  imports: [Chats, Panes, RouterOutlet],
  template: `<app-panes label="Chats" i18n-label="@@chats.title" path="/chats">
    <app-chats pane="list" />
    <router-outlet />
  </app-panes>`,
  styles: ':host { display: contents; }',
})
export class ChatsLayout {}
