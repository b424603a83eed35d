import { Routes } from '@angular/router';

/** The pages without a session. */
export const authRoutes: Routes = [
  { path: '', pathMatch: 'full', redirectTo: 'login' },
  {
    path: 'login',
    title: () => $localize`:@@logIn.title:Log in`,
    loadComponent: () => import('./log-in/log-in-page').then(({ LogInPage }) => LogInPage),
  },
  {
    path: 'register',
    title: () => $localize`:@@register.title:Create an account`,
    loadComponent: () => import('./register/register-page').then(({ RegisterPage }) => RegisterPage),
  },
  {
    path: 'confirm',
    title: () => $localize`:@@confirm.title:Confirm your address`,
    loadComponent: () => import('./register/confirm-page').then(({ ConfirmPage }) => ConfirmPage),
  },
  {
    path: 'forgot',
    title: () => $localize`:@@forgot.title:Forgot your password?`,
    loadComponent: () => import('./reset/forgot-page').then(({ ForgotPage }) => ForgotPage),
  },
  {
    path: 'reset',
    title: () => $localize`:@@reset.title:Choose a new password`,
    loadComponent: () => import('./reset/reset-page').then(({ ResetPage }) => ResetPage),
  },
];
