import type { OwnReaction } from '../contracts.js';
import { Emitter } from '../observable.js';
import type { Link } from '../parts.js';

/**
 * The user's own reactions, from answers to this tab, and from frames about those of other devices that the summaries
 * do not show.
 */
export class OwnReactions {
  readonly learned = new Emitter<OwnReaction>();
  /** By message: the time of the last change. */
  readonly #times = new Map<string, number>();

  constructor(link: Pick<Link, 'events'>) {
    link.events.subscribe((event) => {
      if (event.type === 'settings' && 'reaction' in event) this.learn(event.reaction);
    });
  }

  /** Takes a reaction, unless a later one is known: frames may arrive in another order than their changes. */
  learn(reaction: OwnReaction): void {
    const { messageId, changedAt } = reaction;
    if (changedAt < (this.#times.get(messageId) ?? 0)) return;
    this.#times.set(messageId, changedAt);
    this.learned.emit(reaction);
  }

  /** For another user, or after a logout. */
  reset(): void {
    this.#times.clear();
  }
}
