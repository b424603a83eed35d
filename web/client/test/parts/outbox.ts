import type { Message } from '../../src/contracts.js';
import { StoredOutbox } from '../../src/outbox/outbox.js';
import { Browser } from '../simulation/world/browser.js';
import { Tab } from '../simulation/world/tab.js';
import { World } from '../simulation/world/world.js';
import { ScriptedLink } from './link.js';
import { TabsHub } from './tabs.js';

export const CHAT = 'chat 1';

/** One browser with an outbox in each tab. */
export class Bench {
  readonly world = new World(1);
  readonly browser: Browser;
  readonly hub = new TabsHub();

  constructor() {
    const [ana] = this.world.server.accounts;
    if (!ana) throw new Error('The world has no user.');
    this.browser = new Browser(this.world, ana);
  }

  get userId(): string {
    return this.browser.account.userId;
  }

  async open(leading: boolean) {
    const tab = new Tab(this.browser);
    const link = new ScriptedLink();
    const tabs = this.hub.join(leading);
    const database = this.browser.storage.openFor(tab);
    const outbox = new StoredOutbox({ userId: this.userId, database, tabs, link, ports: tab.ports });
    const shows = () => outbox.entries.value.map(({ content, state }) => `${content} ${state}`);
    void outbox.start();
    await this.pass();
    return { tab, link, tabs, database, outbox, shows };
  }

  /** Lets time pass, 50 ms if not told. */
  async pass(milliseconds = 50): Promise<void> {
    await this.world.scheduler.run(this.world.scheduler.now + milliseconds);
  }

  accepted(content: string, clientMessageId: string, seq: number, senderId = this.userId): Message {
    const ids = { chatId: CHAT, clientMessageId, messageId: `message ${String(seq)}`, senderId };
    return { ...ids, content, seq, status: 'sent', timestamp: seq, createdAt: seq };
  }
}
