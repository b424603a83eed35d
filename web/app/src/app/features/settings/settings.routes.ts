import { Type } from '@angular/core';
import { Route, Routes } from '@angular/router';

export const settingsRoutes: Routes = [
  {
    path: '',
    title: () => $localize`:@@settings.title:Settings`,
    loadComponent: () => import('./settings-layout').then(({ SettingsLayout }) => SettingsLayout),
    children: [
      { path: '', loadComponent: () => import('./no-section').then(({ NoSection }) => NoSection) },
      section('profile', () => import('./profile/profile-page').then(({ ProfilePage }) => ProfilePage)),
      section('email', () => import('./email/email-page').then(({ EmailPage }) => EmailPage)),
      section('password', () => import('./password/password-page').then(({ PasswordPage }) => PasswordPage)),
      section('two-step', () => import('./two-step/two-step-page').then(({ TwoStepPage }) => TwoStepPage)),
      section('devices', () => import('./devices/devices-page').then(({ DevicesPage }) => DevicesPage)),
      section('appearance', () => import('./appearance/appearance-page').then(({ AppearancePage }) => AppearancePage)),
      section('notifications', () =>
        import('./notifications/notifications-page').then(({ NotificationsPage }) => NotificationsPage),
      ),
      section('privacy', () => import('./privacy/privacy-page').then(({ PrivacyPage }) => PrivacyPage)),
      section('blocked', () => import('./blocked/blocked-page').then(({ BlockedPage }) => BlockedPage)),
      section('data', () => import('./data/data-page').then(({ DataPage }) => DataPage)),
    ],
  },
];

function section(path: string, loadComponent: () => Promise<Type<unknown>>): Route {
  return { path, loadComponent };
}
