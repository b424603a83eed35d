import type { Locks } from '../../../src/ports.js';
import type { Scheduler } from './scheduler.js';
import type { Tab } from './tab.js';

interface Claim {
  readonly tab: Tab;
  readonly grant: () => void;
}

/** The Web Locks of one browser. A killed tab loses its locks. */
export class LockManager {
  readonly #claims = new Map<string, Claim[]>();

  constructor(private readonly scheduler: Scheduler) {}

  of(tab: Tab): Locks {
    return {
      hold: (name, work, signal) =>
        new Promise((resolve, reject) => {
          if (!tab.alive) return;
          this.scheduler.note(() => `${tab.name} wants the lock ${name}`);
          const claim: Claim = {
            tab,
            grant: () => {
              signal?.removeEventListener('abort', abort);
              this.scheduler.note(() => `${tab.name} holds the lock ${name}`);
              const release = () => {
                this.#remove(name, claim);
              };
              const result = tab.alive ? work() : new Promise<never>(() => undefined);
              result.finally(release).then(resolve, reject);
            },
          };
          const abort = () => {
            this.#remove(name, claim);
            reject(new DOMException('The wait for the lock was aborted.', 'AbortError'));
          };
          if (signal?.aborted) {
            abort();
            return;
          }
          signal?.addEventListener('abort', abort);
          const claims = this.#claims.get(name) ?? [];
          this.#claims.set(name, claims);
          claims.push(claim);
          if (claims.length === 1) this.#grant(name);
        }),
    };
  }

  kill(tab: Tab): void {
    for (const [name, claims] of this.#claims) {
      for (const claim of [...claims]) if (claim.tab === tab) this.#remove(name, claim);
    }
  }

  #remove(name: string, claim: Claim): void {
    const claims = this.#claims.get(name) ?? [];
    const index = claims.indexOf(claim);
    if (index < 0) return;
    claims.splice(index, 1);
    if (index === 0) this.#grant(name);
  }

  #grant(name: string): void {
    const first = this.#claims.get(name)?.[0];
    if (!first) return;
    this.scheduler.after(1, () => {
      if (this.#claims.get(name)?.[0] === first) first.grant();
    });
  }
}
