import { Component, ElementRef, computed, inject, signal, viewChild } from '@angular/core';
import type { BlockedUser } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { readableSignal } from '../../../core/readable';
import { Avatar } from '../../../shared/avatar/avatar';
import { Button } from '../../../shared/button/button';
import { EmptyState } from '../../../shared/empty/empty-state';
import { Spinner } from '../../../shared/spinner/spinner';
import { TimeTexts } from '../../../shared/time/time-texts';
import { Blocking } from '../../blocks/blocking';
import { SettingsPage } from '../settings-page';

/** The users that the user has blocked. */
@Component({
  selector: 'app-blocked-page',
  imports: [Avatar, Button, EmptyState, SettingsPage, Spinner],
  templateUrl: './blocked-page.html',
  styleUrl: '../devices/devices-page.scss',
})
export class BlockedPage {
  readonly #blocking = inject(Blocking);
  readonly #blocked = readableSignal(inject(PALOMA).people.blocked);
  protected readonly times = inject(TimeTexts);
  protected readonly ending = signal<string | undefined>(undefined);
  protected readonly users = computed(() => {
    const users = this.#blocked();
    return users && [...users].sort((a, b) => a.name.localeCompare(b.name));
  });
  private readonly hint = viewChild.required<ElementRef<HTMLElement>>('hint');

  protected labelFor({ name }: BlockedUser): string {
    return $localize`:@@blocked.end:Unblock ${name}:name:`;
  }

  protected async unblock(user: BlockedUser): Promise<void> {
    this.ending.set(user.userId);
    // The row goes with its button, so the keyboard continues above the list.
    if (await this.#blocking.unblock(user)) this.hint().nativeElement.focus();
    this.ending.set(undefined);
  }
}
