import { Component, inject } from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';
import { PALOMA } from '../core/paloma';
import { readableSignal } from '../core/readable';
import { Icon } from '../shared/icon/icon';

/** The parts of the app: a rail beside wide pages, a bar below narrow ones. */
@Component({
  selector: 'app-navigation',
  imports: [Icon, RouterLink, RouterLinkActive],
  templateUrl: './navigation.html',
  styleUrl: './navigation.scss',
})
export class Navigation {
  protected readonly unread = readableSignal(inject(PALOMA).chats.unread);
}
