/** Records the notifications that a page shows. */
import type { BrowserContext, Page } from '@playwright/test';

export interface ShownNotification {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
}

declare global {
  interface Window {
    shownNotifications?: ShownNotification[];
    permissionAnswer?: NotificationPermission;
  }
}

/** Before any script of a page. Shows them all the same. */
export async function recordNotifications(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    // An empty page has no notifications.
    if (!window.isSecureContext) return;
    const shown: ShownNotification[] = (window.shownNotifications = []);
    const record = (title: string, options: NotificationOptions | undefined): void => {
      shown.push({ title, body: options?.body ?? '', tag: options?.tag ?? '' });
    };
    window.Notification = new Proxy(Notification, {
      construct(target, [title, options]: [string, NotificationOptions | undefined]) {
        record(title, options);
        return new target(title, options);
      },
    });
    const show = ServiceWorkerRegistration.prototype.showNotification;
    ServiceWorkerRegistration.prototype.showNotification = function (title, options): Promise<void> {
      record(title, options);
      return show.call(this, title, options);
    };
  });
}

export async function notifications(page: Page): Promise<readonly ShownNotification[]> {
  return page.evaluate(() => window.shownNotifications ?? []);
}

/** A browser that has not asked yet, and a user who answers like this. Pages may change `window.permissionAnswer`. */
export async function answerPermission(context: BrowserContext, answer: NotificationPermission): Promise<void> {
  await context.addInitScript((first) => {
    let now: NotificationPermission = 'default';
    window.permissionAnswer = first;
    Object.defineProperty(Notification, 'permission', { get: () => now });
    Notification.requestPermission = () => Promise.resolve((now = window.permissionAnswer ?? 'default'));
  }, answer);
}
