import {
  Component,
  ElementRef,
  Injector,
  afterNextRender,
  computed,
  effect,
  inject,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { Router } from '@angular/router';
import type { Profile } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { readableSignal } from '../../core/readable';
import { pathSignal } from '../../core/url';
import { Banner } from '../../shared/banner/banner';
import { Button } from '../../shared/button/button';
import { Dialogs } from '../../shared/dialog/dialogs';
import { EmptyState } from '../../shared/empty/empty-state';
import { Icon } from '../../shared/icon/icon';
import { chatName } from './chat-name';
import { ChatList } from './list/chat-list';
import { foldedName } from './list/search';
import { NewChatDialog } from './new/new-chat-dialog';
import { NewGroupDialog } from './new/new-group-dialog';
import { NotificationOffer } from './notification-offer';

/** Chats with a list of their own. */
type Shelf = 'archive' | 'requests';

/** The list of chats with its search. */
@Component({
  selector: 'app-chats',
  imports: [Banner, Button, CdkMenu, CdkMenuItem, CdkMenuTrigger, ChatList, EmptyState, Icon, NotificationOffer],
  templateUrl: './chats.html',
  styleUrl: './chats.scss',
})
export class Chats {
  readonly #chats = inject(PALOMA).chats;
  readonly #dialogs = inject(Dialogs);
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef);
  readonly #injector = inject(Injector);
  readonly #router = inject(Router);
  readonly #path = pathSignal();
  protected readonly list = readableSignal(this.#chats.list);
  protected readonly problem = readableSignal(this.#chats.problem);
  protected readonly query = signal('');
  /** The shelf that is shown in place of the other chats. */
  protected readonly shelf = signal<Shelf | undefined>(undefined);
  protected readonly requests = readableSignal(this.#chats.requests);
  protected readonly archived = computed(() => (this.list() ?? []).filter(({ archived }) => archived));
  protected readonly found = computed(() => {
    const query = foldedName(this.query().trim());
    const chats = this.list() ?? [];
    if (query !== '') return chats.filter((chat) => foldedName(chatName(chat)).includes(query));
    const shelf = this.shelf();
    if (shelf === 'requests') return this.requests();
    return shelf === 'archive' ? this.archived() : chats.filter(({ archived }) => !archived);
  });
  /** The chat that the address names. */
  protected readonly open = computed(() => /^\/chats\/([^/]+)$/.exec(this.#path())?.[1]);
  protected readonly rows = viewChild(ChatList);

  constructor() {
    effect(() => {
      const isAnswered = this.requests().length === 0 && untracked(this.shelf) === 'requests';
      if (isAnswered) this.shelf.set(undefined);
    });
    let last: string | undefined;
    effect(() => {
      const open = this.open();
      // Back from a chat: the keyboard continues at its row.
      if (open === undefined && last !== undefined) untracked(() => this.rows())?.focus(last);
      last = open;
    });
  }

  protected newChat(): void {
    this.#dialogs.open<Profile>(NewChatDialog).closed.subscribe((profile) => {
      if (profile === undefined) return;
      const { userId, name } = profile;
      const known = this.list()?.find((chat) => chat.kind === 'direct' && chat.participants.includes(userId));
      if (known !== undefined) void this.#router.navigate(['/chats', known.chatId]);
      else void this.#router.navigate(['/chats/new', userId], { state: { name } });
    });
  }

  protected newGroup(): void {
    this.#dialogs.open<string>(NewGroupDialog).closed.subscribe((chatId) => {
      if (chatId !== undefined) void this.#router.navigate(['/chats', chatId]);
    });
  }

  protected show(shelf: Shelf | undefined): void {
    const left = this.shelf();
    this.shelf.set(shelf);
    this.query.set('');
    // The control that had the focus is gone.
    const control = shelf === undefined ? `[data-testid='${left ?? ''}'], .new` : '.back';
    const host = this.#host.nativeElement;
    afterNextRender(() => host.querySelector<HTMLElement>(control)?.focus(), { injector: this.#injector });
  }

  protected reload(): void {
    void this.#chats.reload();
  }

  protected enterList(event: Event): void {
    event.preventDefault();
    this.rows()?.focus();
  }

  protected openFirst(): void {
    const [first] = this.found();
    if (first !== undefined) void this.#router.navigate(['/chats', first.chatId]);
  }
}
