import { Value } from '../../../src/observable.js';
import type { Attention, Ports } from '../../../src/ports.js';
import type { Browser } from './browser.js';

/** One tab of a browser. After `kill`, nothing reaches its code any more: no timer, answer, frame or message. */
export class Tab {
  alive = true;
  #killedAt: number | undefined;
  readonly attention = new Value<Attention>({ visible: true, focused: false });
  readonly ports: Ports;

  readonly name: string;

  constructor(readonly browser: Browser) {
    this.name = `${browser.account.name} ${String(browser.tabs++)}`;
    const { world, network } = browser;
    this.ports = {
      fetch: network.fetchFor(this),
      openSocket: (url) => network.openSocket(this, url),
      clock: {
        now: () => Math.floor(world.start + world.scheduler.now) + browser.clockError,
        elapsed: () => world.scheduler.now,
        after: (milliseconds, run) =>
          world.scheduler.after(milliseconds, () => {
            if (this.alive) run();
          }),
      },
      random: () => world.random.next(),
      randomId: () => world.random.id(),
      indexedDB: undefined,
      locks: browser.locks.of(this),
      openChannel: (name) => browser.channels.open(this, name),
      online: browser.online,
      attention: this.attention,
      suspended: new Value(false),
      persistStorage: () => Promise.resolve(true),
    };
  }

  /** Whether the tab lived until shortly before this virtual time. */
  isAliveUntil(time: number): boolean {
    return this.#killedAt === undefined || this.#killedAt >= time;
  }

  kill(): void {
    this.alive = false;
    this.#killedAt = this.browser.world.scheduler.now;
    this.browser.locks.kill(this);
  }
}
