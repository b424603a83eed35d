import { Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { UnreadBadge } from './core/badge/unread-badge';
import { focusOnNavigation } from './core/focus-on-navigation';
import { followSession } from './core/session/follow-session';
import { Theme } from './core/theme/theme';
import { ToastList } from './shared/toast/toast-list';

@Component({
  selector: 'app-root',
  imports: [RouterOutlet, ToastList],
  template: '<router-outlet /><app-toast-list />',
})
export class App {
  constructor() {
    inject(Theme);
    inject(UnreadBadge);
    followSession();
    focusOnNavigation();
  }
}
