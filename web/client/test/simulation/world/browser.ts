import { Value } from '../../../src/observable.js';
import type { Account } from '../server/data.js';
import { Channels } from './channels.js';
import { BrowserStorage } from './database.js';
import { LockManager } from './locks.js';
import { Network } from './network.js';
import type { World } from './world.js';

/** One browser with its storage, locks, channels and network. Its tabs come and go. */
export class Browser {
  readonly storage: BrowserStorage;
  readonly locks: LockManager;
  readonly channels: Channels;
  readonly network: Network;
  /** Virtual time until which a logout may go on, and delete what is unsent. 0: no user has logged out. */
  leavingUntil = 0;
  /** Tabs opened so far. */
  tabs = 0;
  readonly online = new Value(true);
  /** Milliseconds that the user has set the clock wrong. */
  clockError = 0;

  constructor(
    readonly world: World,
    readonly account: Account,
  ) {
    const { scheduler, random, server } = world;
    this.storage = new BrowserStorage(scheduler, random);
    this.locks = new LockManager(scheduler);
    this.channels = new Channels(scheduler, random);
    this.network = new Network(scheduler, random, server, () => this.online.value);
  }
}
