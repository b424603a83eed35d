import type { Channel } from '../../../src/ports.js';
import type { Random } from '../random.js';
import type { Scheduler } from './scheduler.js';
import type { Tab } from './tab.js';

interface Endpoint extends Channel {
  readonly name: string;
  readonly tab: Tab;
  /** Messages arrive in the order of posting. */
  busyUntil: number;
}

/** The channels between the tabs of one browser. */
export class Channels {
  readonly #endpoints = new Set<Endpoint>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
  ) {}

  open(tab: Tab, name: string): Channel {
    const endpoint: Endpoint = {
      name,
      tab,
      busyUntil: 0,
      onmessage: null,
      post: (message) => {
        if (!tab.alive) return;
        const copy = structuredClone(message);
        for (const other of this.#endpoints) if (other.tab !== tab && other.name === name) this.#deliver(other, copy);
      },
      close: () => this.#endpoints.delete(endpoint),
    };
    this.#endpoints.add(endpoint);
    return endpoint;
  }

  #deliver(to: Endpoint, message: unknown): void {
    to.busyUntil = Math.max(to.busyUntil, this.scheduler.now + this.random.between(0, 4));
    this.scheduler.after(to.busyUntil - this.scheduler.now, () => {
      if (to.tab.alive && this.#endpoints.has(to)) to.onmessage?.(message);
    });
  }
}
