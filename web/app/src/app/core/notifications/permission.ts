import { Injectable, computed, signal } from '@angular/core';
import { preference, setPreference } from '../preferences';

/** `off`: the browser would ask, or the user does not want them. `refused`: only the browser's settings help. */
export type NotificationState = 'unsupported' | 'off' | 'on' | 'refused';

export function refusedText(): string {
  return $localize`:@@notification.refused:The browser blocks notifications. Allow them for this page in its settings.`;
}

/** Says why notifications are not on: the user may have closed the browser's question. */
export function notOnText(state: NotificationState): string {
  return state === 'off' ? stillOffText() : refusedText();
}

function stillOffText(): string {
  return $localize`:@@notification.stillOff:Notifications are still off. Try again, and allow them in the browser.`;
}

/** Whether the user wants notifications in this browser, and whether the browser allows them. */
@Injectable({ providedIn: 'root' })
export class NotificationPermission {
  readonly #supported = 'Notification' in globalThis;
  readonly #permission = signal<globalThis.NotificationPermission>(
    this.#supported ? Notification.permission : 'denied',
  );
  readonly #answer = signal(preference('notifications'));

  readonly state = computed((): NotificationState => {
    if (!this.#supported) return 'unsupported';
    if (this.#permission() === 'denied') return 'refused';
    return this.#permission() === 'granted' && this.#answer() === 'on' ? 'on' : 'off';
  });
  /** The user has not yet answered whether to get notifications. */
  readonly undecided = computed(() => this.state() === 'off' && this.#answer() === undefined);

  constructor() {
    // The user may change the permission in the browser's settings.
    void navigator.permissions
      ?.query({ name: 'notifications' })
      .then((status) => {
        status.onchange = () => this.#permission.set(Notification.permission);
      })
      .catch(() => undefined);
  }

  /** Call it from a click: browsers ask the user only then. */
  async switchOn(): Promise<NotificationState> {
    this.#decide('on');
    if (this.#supported) this.#permission.set(await Notification.requestPermission());
    return this.state();
  }

  switchOff(): void {
    this.#decide('off');
  }

  #decide(answer: 'on' | 'off'): void {
    setPreference('notifications', answer);
    this.#answer.set(answer);
  }
}
