import { Injectable, effect, inject } from '@angular/core';
import { Router } from '@angular/router';
import type { Arrival } from '@paloma/client';
import { languageInUse } from '../language/language';
import { PALOMA } from '../paloma';
import { readableSignal } from '../readable';
import { NotificationPermission } from './permission';

const LONGEST_TEXT = 200;

/** Desktop notifications of new messages: one for each chat, until the chat is read. */
@Injectable({ providedIn: 'root' })
export class Notifications {
  readonly #permission = inject(NotificationPermission);
  readonly #router = inject(Router);
  readonly #list = readableSignal(inject(PALOMA).chats.list);
  readonly #session = readableSignal(inject(PALOMA).session.state);
  readonly #shown = new Map<string, Notification>();

  constructor() {
    inject(PALOMA).arrivals.subscribe((arrival) => this.#arrived(arrival));
    // After the end of the session, no text stays on the screen.
    effect(() => this.#session().kind === 'signedOut' && this.#closeAll());
    effect(() => {
      for (const chat of this.#list() ?? []) if (chat.unread === 0) this.#shown.get(chat.chatId)?.close();
    });
  }

  #arrived({ chatId, message, senderName, muted, attended }: Arrival): void {
    if (muted || attended || this.#permission.state() !== 'on') return;
    const chat = this.#list()?.find((candidate) => candidate.chatId === chatId);
    const sender = senderName ?? $localize`:@@notification.sender:New message`;
    const group = chat?.kind === 'group' ? chat.name : undefined;
    const title = group === undefined ? sender : `${sender} · ${group}`;
    const text = message.content?.slice(0, LONGEST_TEXT) ?? $localize`:@@notification.unknown:New message`;
    this.#show(chatId, title, { body: text, tag: chatId, icon: 'icon-192.png', lang: languageInUse() });
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
