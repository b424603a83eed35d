import type { Arrival } from '../../src/api.js';
import { App } from './app.js';
import type { Ledger } from './ledger.js';
import type { Account } from './server/data.js';
import { Browser } from './world/browser.js';
import type { World } from './world/world.js';

/** One browser with its tabs, and the user in front of them. */
export class Household {
  readonly browser: Browser;
  readonly apps: App[] = [];
  readonly arrivals: Arrival[] = [];
  /** The last draft that was stored. `undefined` while one is being stored. */
  draft: string | undefined;
  /** The user who should be signed in. */
  account: Account;

  constructor(
    readonly world: World,
    account: Account,
    private readonly ledger: Ledger,
  ) {
    this.account = account;
    this.browser = new Browser(world, account);
  }

  openTab(): App {
    const app = new App(this.browser, this.ledger, (arrival) => {
      if (app.alive) this.arrivals.push(arrival);
    });
    this.apps.push(app);
    return app;
  }

  /** Only one tab of a browser has the focus. */
  focus(chosen: App | undefined): void {
    for (const app of this.apps) if (app !== chosen) app.tab.attention.set({ visible: true, focused: false });
    chosen?.tab.attention.set({ visible: true, focused: true });
  }

  kill(app: App): void {
    app.kill();
    this.apps.splice(this.apps.indexOf(app), 1);
  }

  async close(app: App): Promise<void> {
    this.apps.splice(this.apps.indexOf(app), 1);
    await app.close();
  }

  report(): void {
    for (const app of this.apps) app.eyes?.report();
  }
}
