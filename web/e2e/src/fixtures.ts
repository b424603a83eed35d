/** The fixtures of the tests. */
import { test as base } from '@playwright/test';
import type { Browser, BrowserContextOptions } from '@playwright/test';
import { Api } from './api.ts';
import { control } from './control.ts';
import type { NewUser } from './control.ts';
import { Device } from './device.ts';
import { recordNotifications } from './notifications.ts';
import { Leaks } from './secrets.ts';
import { stack } from './stack.ts';
import type { Tab } from './tab.ts';

export { expect } from '@playwright/test';

/** A new user of one test. */
export class Person {
  readonly api: Api;

  constructor(
    readonly user: NewUser,
    private readonly devices: Devices,
  ) {
    this.api = new Api(user);
  }

  /** A browser of this user, which is not logged in. */
  device(options: BrowserContextOptions = {}): Promise<Device> {
    return this.devices.add(this.user, options);
  }

  /** A browser of this user with one tab, logged in through the login page. */
  async logsIn(options: BrowserContextOptions = {}): Promise<Tab> {
    const tab = await (await this.device(options)).tab();
    await tab.logIn();
    return tab;
  }

  /** A browser of this user with one tab that shows a chat. */
  async opens(chatId: string, options: BrowserContextOptions = {}): Promise<Tab> {
    const tab = await this.logsIn(options);
    await tab.openChat(chatId);
    return tab;
  }
}

class Devices {
  private readonly all: Device[] = [];
  readonly leaks = new Leaks();

  constructor(
    private readonly browser: Browser,
    private readonly firstSeat: number,
  ) {}

  async add(user: NewUser, options: BrowserContextOptions): Promise<Device> {
    const number = this.firstSeat + this.all.length;
    const seat = stack.seats[number];
    if (seat === undefined || this.all.length >= seatsPerWorker) throw new Error('a test has too many devices');
    await control.reset(number);
    const context = await this.browser.newContext({ baseURL: seat.url, ...options });
    await recordNotifications(context);
    this.leaks.watch(context);
    const device = new Device(user, context, seat, number);
    this.all.push(device);
    return device;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((device) => device.close()));
  }
}

const seatsPerWorker = stack.seats.length / stack.workers;

interface Fixtures {
  devices: Devices;
  /** New users with these names. */
  people: <const Names extends readonly string[]>(...names: Names) => Promise<{ [N in keyof Names]: Person }>;
}

export const test = base.extend<Fixtures>({
  devices: async ({ browser }, use, { parallelIndex }) => {
    const devices = new Devices(browser, parallelIndex * seatsPerWorker);
    await use(devices);
    await devices.close();
    devices.leaks.check();
  },
  people: async ({ devices }, use) => {
    await use(async (...names) => {
      const users = await control.createUsers(names);
      return users.map((user) => new Person(user, devices)) as { [N in keyof typeof names]: Person };
    });
  },
});
