import { Injectable, Signal, computed, inject, signal } from '@angular/core';
import type { Profile } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { sentence } from '../../core/sentence';

/** Finds users by their email addresses, and says in a sentence why one was not found. */
@Injectable()
export class MemberSearch {
  readonly #paloma = inject(PALOMA);
  readonly #busy = signal(false);
  readonly #problem = signal<string | undefined>(undefined);
  readonly busy: Signal<boolean> = this.#busy.asReadonly();
  /** For a text field. */
  readonly errors = computed(() => {
    const message = this.#problem();
    return message === undefined ? [] : [{ kind: 'search', message }];
  });

  async find(email: string): Promise<Profile | undefined> {
    const address = email.trim();
    if (this.#busy() || address === '') return undefined;
    this.#busy.set(true);
    this.#problem.set(undefined);
    try {
      const profile = await this.#paloma.chats.findByEmail(address);
      if (profile === undefined) this.#problem.set(notFound(address));
      else if (profile.userId === this.#me()) this.#problem.set(ownAddress());
      else return profile;
    } catch (error) {
      this.#problem.set(sentence(error));
    } finally {
      this.#busy.set(false);
    }
    return undefined;
  }

  clear(): void {
    this.#problem.set(undefined);
  }

  #me(): string | undefined {
    const state = this.#paloma.session.state.value;
    return state.kind === 'signedIn' ? state.user.userId : undefined;
  }
}

function notFound(address: string): string {
  return $localize`:@@newChat.notFound:No user has the address ${address}:address:.`;
}

function ownAddress(): string {
  return $localize`:@@newChat.own:This is your own address.`;
}
