import { Injectable, effect, inject } from '@angular/core';
import { NavigationEnd, Router } from '@angular/router';
import type { Arrival } from '@paloma/client';
import { languageInUse } from '../language/language';
import { PALOMA } from '../paloma';
import { readableSignal } from '../readable';
import { NotificationPermission } from './permission';

const LONGEST_TEXT = 200;

/** Desktop notifications: one for each chat, until its messages are read, or the chat is opened. */
@Injectable({ providedIn: 'root' })
export class Notifications {
  readonly #permission = inject(NotificationPermission);
  readonly #router = inject(Router);
  readonly #list = readableSignal(inject(PALOMA).chats.list);
  readonly #session = readableSignal(inject(PALOMA).session.state);
  readonly #shown = new Map<string, Notification>();
  /** Chats of which the notification says that the user was added: nothing in them counts as unread. */
  readonly #added = new Set<string>();

  constructor() {
    inject(PALOMA).arrivals.subscribe((arrival) => this.#arrived(arrival));
    // After the end of the session, no text stays on the screen.
    effect(() => this.#session().kind === 'signedOut' && this.#closeAll());
    effect(() => {
      for (const { chatId, unread, last } of this.#list() ?? []) {
        const isRead = unread === 0 && !this.#added.has(chatId);
        // The text of a deleted message does not stay on the screen.
        if (isRead || last?.deleted || last?.hidden) this.#shown.get(chatId)?.close();
      }
    });
    this.#router.events.subscribe((event) => {
      if (event instanceof NavigationEnd) this.#opened(event.urlAfterRedirects);
    });
  }

  #arrived({ chatId, message, senderName, group, added, muted, attended }: Arrival): void {
    if (muted || attended || this.#permission.state() !== 'on') return;
    const sender = senderName ?? $localize`:@@notification.sender:New message`;
    const title = group === undefined ? sender : added ? group : `${sender} · ${group}`;
    const text = message.content?.slice(0, LONGEST_TEXT) ?? $localize`:@@notification.unknown:New message`;
    const body = added ? this.#additionText(senderName) : text;
    if (added) this.#added.add(chatId);
    else this.#added.delete(chatId);
    this.#show(chatId, title, { body, tag: chatId, icon: 'icon-192.png', lang: languageInUse() });
  }

  #additionText(senderName = $localize`:@@notice.unknownMember:A member`): string {
    return $localize`:@@notice.addedYou:${senderName}:name: added you`;
  }

  #opened(url: string): void {
    for (const [chatId, notification] of this.#shown) if (url.startsWith(`/chats/${chatId}`)) notification.close();
  }

  #closeAll(): void {
    for (const notification of this.#shown.values()) notification.close();
    const registration = navigator.serviceWorker?.getRegistration();
    void registration?.then(async (worker) => {
      for (const notification of (await worker?.getNotifications()) ?? []) notification.close();
    });
  }

  #show(chatId: string, title: string, options: NotificationOptions): void {
    try {
      // The same tag would replace the old notification silently.
      this.#shown.get(chatId)?.close();
      const notification = new Notification(title, options);
      this.#shown.set(chatId, notification);
      notification.onclick = () => {
        window.focus();
        notification.close();
        void this.#router.navigate(['/chats', chatId]);
      };
      notification.onclose = () => {
        if (this.#shown.get(chatId) === notification) this.#shown.delete(chatId);
      };
    } catch {
      // Phones show notifications of a service worker only. Its script opens the chat after a tap.
      const url = `/chats/${chatId}`;
      const data = { onActionClick: { default: { operation: 'navigateLastFocusedOrOpen', url } } };
      void navigator.serviceWorker?.ready.then((worker) => worker.showNotification(title, { ...options, data }));
    }
  }
}
