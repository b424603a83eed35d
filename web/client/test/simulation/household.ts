import type { Arrival } from '../../src/api.js';
import { App } from './app.js';
import type { Ledger } from './ledger.js';
import type { Account } from './server/data.js';
import { check } from './violation.js';
import { Browser } from './world/browser.js';
import type { World } from './world/world.js';

/** One browser with its tabs, and the user in front of them. */
export class Household {
  readonly browser: Browser;
  readonly apps: App[] = [];
  /** With the user who got them. */
  readonly arrivals: { readonly userId: string | undefined; readonly arrival: Arrival }[] = [];
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
      if (app.alive) this.arrivals.push({ userId: app.userId, arrival });
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

  /** Every tab shows the user who should be signed in. */
  get isSignedIn(): boolean {
    return this.apps.every((app) => app.userId === this.account.userId);
  }

  report(): void {
    for (const app of this.apps) {
      app.report();
      this.#checkOwner(app);
    }
  }

  #checkOwner(app: App): void {
    const { userId } = app;
    if (userId === undefined) return;
    const texts = app.paloma.outbox.entries.value.map(({ content }) => this.ledger.get(content));
    const foreign = texts.find((text) => text?.senderId !== userId);
    check(!foreign, 'no data of another user shows', () => `"${foreign?.text ?? ''}" is in the outbox.`);
    const draft = app.paloma.drafts.get('key');
    check(draft === '' || draft.includes(userId), 'no data of another user shows', () => `"${draft}" is a draft.`);
    const chats = app.paloma.chats.list.value ?? [];
    const isMember = chats.every(({ participants, role }) => role === 'former' || participants.includes(userId));
    check(isMember, 'no data of another user shows', () => 'A chat of another user is in the list.');
  }
}
