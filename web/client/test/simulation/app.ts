import type { Arrival, Conversation, Paloma } from '../../src/api.js';
import { assemble } from '../../src/paloma.js';
import { Eyes } from './eyes.js';
import type { Ledger, SentText } from './ledger.js';
import type { Account } from './server/data.js';
import { PASSWORD } from './server/logins.js';
import type { Browser } from './world/browser.js';
import { API, WEB_SOCKET } from './world/network.js';
import { Tab } from './world/tab.js';
import type { World } from './world/world.js';

/** The library in one tab, with a user in front of it. */
export class App {
  readonly tab: Tab;
  readonly paloma: Paloma;
  /** By chat: the state that this tab shows at the end of the run. */
  readonly loaded = new Map<string, Conversation>();
  eyes: Eyes | undefined;
  chatId: string | undefined;
  #failure: unknown;
  #shownUser: string | undefined;

  constructor(
    readonly browser: Browser,
    private readonly ledger: Ledger,
    arrived: (arrival: Arrival) => void,
  ) {
    this.tab = new Tab(browser);
    const config = { apiUrl: API, webSocketUrl: WEB_SOCKET };
    this.paloma = assemble(config, this.tab.ports, (_, name) => browser.storage.openFor(this.tab, name));
    this.paloma.arrivals.subscribe(arrived);
    this.paloma.session.state.subscribe(() => {
      if (this.userId !== this.#shownUser) this.leave();
      this.#shownUser = this.userId;
    });
  }

  get world(): World {
    return this.browser.world;
  }

  get alive(): boolean {
    return this.tab.alive;
  }

  get isSignedIn(): boolean {
    return this.paloma.session.state.value.kind === 'signedIn';
  }

  get userId(): string | undefined {
    const state = this.paloma.session.state.value;
    return state.kind === 'signedIn' ? state.user.userId : undefined;
  }

  /** Tries until it works. */
  logIn(email: () => string | undefined): void {
    const address = email();
    if (!this.alive || this.paloma.session.state.value.kind !== 'signedOut' || address === undefined) return;
    const again = () => {
      this.world.scheduler.after(1_000, () => {
        this.logIn(email);
      });
    };
    void this.paloma.session.logIn({ email: address, password: PASSWORD }).then(() => undefined, again);
  }

  become({ userId, email }: Account): void {
    if (this.isSignedIn && this.userId !== userId) void this.paloma.session.logOut();
    this.paloma.session.state.subscribe(() => {
      this.logIn(() => email);
    });
    this.logIn(() => email);
  }

  /** The conversation of the last user is not shown any more. */
  leave(): void {
    this.#failure ??= this.eyes?.failure;
    this.eyes?.close();
    this.eyes = undefined;
    this.chatId = undefined;
    this.loaded.clear();
  }

  open(chatId: string): void {
    this.#failure ??= this.eyes?.failure;
    this.eyes?.close();
    this.chatId = chatId;
    const chat = this.world.server.chats.get(chatId);
    const user = this.userId ?? '';
    const mayShow = (seq: number) => chat !== undefined && seq <= chat.lastSeq && chat.isInWindows(user, seq);
    const isHidden = (seq: number) =>
      (chat?.changes.hidden.get(user)?.has(seq) ?? false) || seq <= (chat?.changes.cleared.get(user) ?? 0);
    const conversation = this.paloma.conversation(chatId);
    this.eyes = new Eyes(conversation, this.ledger, { mayShow, isHidden, isAlive: () => this.alive });
  }

  /** Types a text and sends it. */
  send(text: string, tooLong: boolean, replyTo?: string): void {
    const { chatId, eyes, userId } = this;
    if (chatId === undefined || userId === undefined || !eyes) return;
    const { now } = this.world.scheduler;
    const outcome = { safeAt: undefined, retried: false, discarded: false, changed: false, tooLong };
    const mayBeLost = this.browser.storage.full || now < this.browser.leavingUntil;
    const sent: SentText = {
      text,
      chatId,
      senderId: userId,
      browser: this.browser,
      calledAt: now,
      mayBeLost,
      ...outcome,
    };
    this.ledger.add(sent);
    this.world.scheduler.note(() => `${this.tab.name} sends ${text.slice(0, 12)} to ${chatId} as ${userId}`);
    const conversation = this.paloma.conversation(chatId);
    void conversation.send(text, replyTo === undefined ? {} : { replyTo }).then(
      () => {
        this.world.scheduler.note(() => `${this.tab.name} has stored ${text.slice(0, 12)}`);
        sent.safeAt = this.world.scheduler.now;
        sent.mayBeLost ||= this.browser.storage.full;
        if (this.eyes === eyes) eyes.expect(text);
      },
      () => undefined,
    );
    conversation.close();
  }

  /** Sees all rows on the screen. */
  read(): void {
    if (this.chatId === undefined || !this.isSignedIn) return;
    const conversation = this.paloma.conversation(this.chatId);
    const last = conversation.state.value.rows.findLast((row) => row.seq !== undefined)?.seq;
    if (last !== undefined) conversation.seen(last);
    conversation.close();
  }

  /** Throws what the user has seen and should not. */
  report(): void {
    this.#failure ??= this.eyes?.failure;
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  kill(): void {
    this.tab.kill();
  }

  async close(): Promise<void> {
    this.leave();
    await this.paloma.close();
    this.tab.kill();
  }
}
