import type { App } from './app.js';
import { checkEnd, checkLive } from './end.js';
import { Household } from './household.js';
import { Ledger } from './ledger.js';
import { actInGroup, openClub } from './membership.js';
import { act } from './script.js';
import type { Account, ServerChat } from './server/data.js';
import { check } from './violation.js';
import { NO_FAULTS, type Faults } from './world/network.js';
import { World } from './world/world.js';

const MINUTE = 60_000;
/** Steps without faults at the end of a run. */
const CHANGES = 8;

/** One simulated afternoon of three users. The seed decides everything. */
export class Run {
  readonly world: World;
  readonly ledger = new Ledger();
  readonly homes: readonly Household[];
  readonly faults: Faults;
  /** The group that members join and leave. */
  readonly club: ServerChat;
  #texts = 0;
  #rest = 0;
  #pending = 0;

  constructor(readonly seed: number) {
    this.world = new World(seed);
    const { server, random } = this.world;
    const [ana, bruno, carla, dora] = server.accounts as [Account, Account, Account, Account];
    server.createChat([ana, bruno]);
    server.createChat([ana, bruno, carla], 'Friends');
    server.createChat([carla, ana]);
    this.club = server.createChat([bruno, dora, ana], 'Club');
    this.homes = [ana, bruno, carla].map((account) => new Household(this.world, account, this.ledger));
    this.faults = {
      drop: random.pick([0, 0.02, 0.1]),
      duplicate: random.pick([0, 0.1]),
      delay: random.pick([20, 200, 2_000]),
      busy: random.pick([0, 0.05]),
    };
  }

  get random() {
    return this.world.random;
  }

  /** Runs the script, heals everything, waits for rest, and checks what must hold. */
  async play(steps: number): Promise<void> {
    for (const home of this.homes) this.openTab(home);
    await this.#until('all users are signed in', () => this.homes.every((home) => home.isSignedIn));
    for (const { browser } of this.homes) browser.network.faults = this.faults;
    for (let step = 0; step < steps; step++) {
      act(this);
      await this.#pass(this.#rest > 0 ? this.#rest : this.random.between(0, 2_000));
      this.#rest = 0;
    }
    await this.#heal();
    checkEnd(this);
    await this.#changeGroup();
    checkLive(this);
  }

  /** Opens a tab, which shows the chat that the user opens first. */
  openTab(home: Household): App {
    const app = home.openTab();
    const signIn = () => {
      const { state } = app.paloma.session;
      if (!app.alive) return;
      // The user logs in in one tab, and the others follow.
      if (state.value.kind === 'signedOut') app.logIn(() => (home.apps[0] === app ? home.account.email : undefined));
      if (app.userId !== undefined && app.chatId === undefined) {
        app.open(this.random.pick(this.chatsOf(app.userId)).chatId);
      }
    };
    app.paloma.session.state.subscribe(signIn);
    signIn();
    return app;
  }

  chatsOf(userId: string): ServerChat[] {
    return [...this.world.server.chats.values()].filter((chat) => chat.isKnownTo(userId));
  }

  /** A text that no other message has. */
  newText(): string {
    return `text ${String(this.#texts++)}`;
  }

  /** The next pause of the script. */
  rest(milliseconds: number): void {
    this.#rest = milliseconds;
  }

  /** Does something later, but before the end of the run. */
  later(milliseconds: number, run: () => void): void {
    this.#pending++;
    this.world.scheduler.after(milliseconds, () => {
      this.#pending--;
      run();
    });
  }

  async #heal(): Promise<void> {
    await this.#until('all faults have ended', () => this.#pending === 0);
    for (const chat of this.world.server.chats.values()) chat.changes.forgotten = 0;
    for (const home of this.homes) {
      home.browser.network.faults = NO_FAULTS;
      home.browser.storage.full = false;
      if (home.apps.length === 0) this.openTab(home);
    }
    for (const home of this.homes) {
      home.apps[0]?.logIn(() => home.account.email);
      // Tabs that could not store their session have one each, and a crash may end a logout halfway.
      const { storage, leavingUntil } = home.browser;
      if (storage.wasFull || leavingUntil > 0) for (const app of home.apps) app.become(home.account);
    }
    await this.#until('all users are signed in', () => this.homes.every((home) => home.isSignedIn));
    await this.#until('all outboxes are empty', () => this.#isQuiet());
    // Frames were lost on open sockets, which no client can know. New sockets catch up.
    for (const { browser } of this.homes) browser.network.cut();
    await this.#pass(5 * MINUTE);
    // A client hears of the end of its session with the next call.
    for (const app of this.homes.flatMap(({ apps }) => apps)) void app.paloma.account.refresh().catch(() => undefined);
    await this.#pass(MINUTE);
    await this.#until('all users are signed in', () => this.homes.every((home) => home.isSignedIn));
    for (const home of this.homes) {
      home.focus(home.apps[0]);
      for (const app of home.apps) await this.#readAll(home, app);
    }
    await this.#pass(MINUTE);
  }

  /** Changes the group while nothing fails, and all users look at it. */
  async #changeGroup(): Promise<void> {
    for (const home of this.homes) for (const app of home.apps) openClub(this, home, app);
    await this.#pass(2_000);
    for (let step = 0; step < CHANGES; step++) {
      const home = this.random.pick(this.homes);
      const [app] = home.apps;
      actInGroup(this, home, app);
      await this.#pass(2_000);
    }
  }

  /** Opens every chat from its end to its beginning, and reads it. */
  async #readAll(home: Household, app: App): Promise<void> {
    home.focus(app);
    for (const { chatId } of this.chatsOf(home.account.userId)) {
      app.open(chatId);
      const conversation = app.paloma.conversation(chatId);
      await this.#until('the conversation is loaded', () => conversation.state.value.phase === 'ready');
      void conversation.jumpToEnd();
      await this.#until('the end is loaded', () => !conversation.state.value.hasNewer);
      while (conversation.state.value.hasOlder) {
        let loaded = false;
        void conversation.loadOlder().finally(() => (loaded = true));
        await this.#until('older messages are loaded', () => loaded);
      }
      await this.#pass(1_000);
      app.read();
      await this.#pass(2_000);
      app.loaded.set(chatId, conversation);
    }
  }

  #describe(): string {
    const entries = (app: App) =>
      app.paloma.outbox.entries.value.map(({ state, content }) => `${state} ${content.slice(0, 12)}`).join(', ');
    const state = (app: App) => `${app.tab.name} is ${app.paloma.connection.state.value.kind}: ${entries(app)}`;
    return this.homes.flatMap(({ apps }) => apps.map(state)).join(' | ');
  }

  #isQuiet(): boolean {
    const entries = this.homes.flatMap(({ apps }) => apps.flatMap((app) => app.paloma.outbox.entries.value));
    return entries.every(({ state }) => state === 'failed');
  }

  async #pass(milliseconds: number): Promise<void> {
    await this.world.scheduler.run(this.world.scheduler.now + milliseconds);
    for (const home of this.homes) home.report();
  }

  async #until(what: string, done: () => boolean): Promise<void> {
    const { scheduler } = this.world;
    const reached = await scheduler.run(scheduler.now + 20 * MINUTE, done);
    for (const home of this.homes) home.report();
    const invariant = what.includes('outboxes') ? 'the outbox is empty at the end' : 'the run comes to rest';
    check(reached, invariant, () => `Within 20 minutes, it did not happen that ${what}. ${this.#describe()}`);
  }
}
