import { Routes } from '@angular/router';
import { signedIn, signedOut } from './core/session/guards';

export const routes: Routes = [
  {
    path: '',
    canMatch: [signedOut],
    loadChildren: () => import('./features/auth/auth.routes').then(({ authRoutes }) => authRoutes),
  },
  {
    path: '',
    canMatch: [signedIn],
    loadComponent: () => import('./layout/shell').then(({ Shell }) => Shell),
    children: [
      { path: '', pathMatch: 'full', redirectTo: 'chats' },
      {
        path: 'chats',
        title: () => $localize`:@@chats.title:Chats`,
        loadComponent: () => import('./layout/chats-layout').then(({ ChatsLayout }) => ChatsLayout),
        children: [
          { path: '', loadComponent: () => import('./layout/no-chat').then(({ NoChat }) => NoChat) },
          {
            path: 'new/:userId',
            loadComponent: () =>
              import('./features/conversation/new-conversation').then(({ NewConversation }) => NewConversation),
          },
          {
            path: ':chatId',
            loadComponent: () =>
              import('./features/conversation/conversation-page').then(({ ConversationPage }) => ConversationPage),
          },
        ],
      },
      {
        path: 'settings',
        loadChildren: () => import('./features/settings/settings.routes').then(({ settingsRoutes }) => settingsRoutes),
      },
    ],
  },
  { path: '**', redirectTo: '' },
];
