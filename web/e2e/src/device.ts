/** A browser of one user, at a seat of its own: its own local data, its own network, any number of tabs. */
import { expect } from '@playwright/test';
import type { BrowserContext, Page, Request } from '@playwright/test';
import { control } from './control.ts';
import type { Address, Network, NewUser } from './control.ts';
import { Frames } from './frames.ts';
import type { Seat } from './stack.ts';
import { Tab } from './tab.ts';

export class Device {
  readonly tabs: Tab[] = [];
  readonly frames: Frames;
  private readonly requests: Request[] = [];

  constructor(
    readonly user: NewUser,
    readonly context: BrowserContext,
    readonly seat: Seat,
    private readonly seatNumber: number,
  ) {
    this.frames = new Frames(context);
    context.on('request', (request) => this.requests.push(request));
  }

  /** Opens another tab, at an address of the client. */
  async tab(path = '/'): Promise<Tab> {
    const page = await this.context.newPage();
    const tab = new Tab(page, this);
    this.tabs.push(tab);
    await page.goto(path);
    return tab;
  }

  setNetwork(network: Network): Promise<void> {
    return control.setNetwork(this.seatNumber, network);
  }

  /** Ends all connections, as a change of the network does. */
  cut(): Promise<void> {
    return control.cut(this.seatNumber);
  }

  /** Changes the address of the API in `config.json`, from the next load of a page on. */
  setAddress(address: Address): Promise<void> {
    return control.setAddress(this.seatNumber, address);
  }

  /** Restarts the stack with empty tables, in which these people are new users. Other devices keep their stack. */
  restartStack(people: readonly { user: NewUser }[]): Promise<readonly string[]> {
    const users = people.map(({ user }) => user);
    return control.restart(this.seatNumber, users);
  }

  async close(): Promise<void> {
    await this.context.close();
    await control.reset(this.seatNumber);
  }

  /** The reasons for which requests of its pages got no answer. */
  failures(): string[] {
    return this.requests.flatMap((request) => request.failure()?.errorText ?? []);
  }

  /** The calls of the API so far, without preflights. */
  calls(method: string, path: RegExp): Request[] {
    const base = this.seat.networkUrl;
    return this.requests.filter(
      (request) => request.method() === method && request.url().startsWith(base) && path.test(request.url()),
    );
  }

  /** Takes the keyboard focus from all tabs, as another window does. */
  async blur(): Promise<Page> {
    await this.shareFocus();
    const other = await this.context.newPage();
    await other.bringToFront();
    // The browser tells its pages later.
    for (const { page } of this.tabs) await expect.poll(() => page.evaluate(() => document.hasFocus())).toBe(false);
    return other;
  }

  /** Gives the keyboard focus to one tab alone. */
  async focus(tab: Tab): Promise<void> {
    await this.shareFocus();
    await tab.page.bringToFront();
    await expect.poll(() => tab.page.evaluate(() => document.hasFocus())).toBe(true);
  }

  /** From now on, only the tab in front has the keyboard focus: the last one. */
  private async shareFocus(): Promise<void> {
    for (const tab of this.tabs) {
      await tab.emulateFocus(false);
      // Each page may have a focus of its own until another one gets it.
      await tab.page.bringToFront();
    }
  }
}
