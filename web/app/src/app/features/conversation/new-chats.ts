import { Injectable, inject } from '@angular/core';
import { PALOMA } from '../../core/paloma';

/** Direct chats that are being created, by the other member. They outlive their page: the user may leave and return. */
@Injectable()
export class NewChats {
  readonly #chats = inject(PALOMA).chats;
  readonly #creations = new Map<string, Promise<string>>();

  /** The id of the chat. Messages that are sent meanwhile wait for the same call, and so keep their order. */
  async create(userId: string): Promise<string> {
    const creation = this.#creations.get(userId) ?? this.#chats.createDirect(userId);
    this.#creations.set(userId, creation);
    try {
      return await creation;
    } catch (error) {
      this.#creations.delete(userId);
      throw error;
    }
  }

  /** The creation that has begun, if there is one. */
  begun(userId: string): Promise<string> | undefined {
    return this.#creations.get(userId);
  }
}
