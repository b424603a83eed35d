import { Value } from '../../src/observable.js';
import type { Attention, Ports } from '../../src/ports.js';
import { Random } from '../simulation/random.js';
import { Channels } from '../simulation/world/channels.js';
import { LockManager } from '../simulation/world/locks.js';
import { Scheduler } from '../simulation/world/scheduler.js';
import type { Tab } from '../simulation/world/tab.js';
import { FakeSocket } from './socket.js';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly body: unknown;
}

type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'offline' | 'never';

/** One browser in virtual time. Tests answer its calls and its sockets. */
export class FakeBrowser {
  readonly scheduler = new Scheduler();
  readonly calls: Call[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly online = new Value(true);
  clockError = 0;
  answer: (call: Call) => Answer | Promise<Answer> = () => ({ status: 404 });
  indexedDB: IDBFactory | undefined;
  persists = true;
  readonly #random = new Random(1);
  readonly #locks = new LockManager(this.scheduler);
  readonly #channels = new Channels(this.scheduler, this.#random);

  /** Virtual milliseconds pass. */
  async pass(milliseconds: number): Promise<void> {
    await this.scheduler.run(this.scheduler.now + milliseconds);
  }

  tab(): FakeTab {
    return new FakeTab(this);
  }

  portsOf(tab: Tab, { attention, suspended }: Pick<Ports, 'attention' | 'suspended'>): Ports {
    return {
      fetch: (input, init) => this.#fetch(input as Request, init?.signal ?? undefined),
      openSocket: (url) => {
        const socket = new FakeSocket(url);
        this.sockets.push(socket);
        return socket;
      },
      clock: {
        now: () => 1_800_000_000_000 + this.scheduler.now + this.clockError,
        elapsed: () => this.scheduler.now,
        after: (milliseconds, run) =>
          this.scheduler.after(milliseconds, () => {
            if (tab.alive) run();
          }),
      },
      random: () => this.#random.next(),
      randomId: () => this.#random.id(),
      indexedDB: this.indexedDB,
      locks: this.#locks.of(tab),
      openChannel: (name) => this.#channels.open(tab, name),
      online: this.online,
      attention,
      suspended,
      persistStorage: () => Promise.resolve(this.persists),
    };
  }

  kill(tab: Tab): void {
    tab.alive = false;
    this.#locks.kill(tab);
  }

  async #fetch(request: Request, signal?: AbortSignal): Promise<Response> {
    const text = await request.text();
    const call = {
      method: request.method,
      path: new URL(request.url).pathname,
      token: request.headers.get('authorization')?.replace('Bearer ', '') ?? null,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    this.calls.push(call);
    const answer = await this.answer(call);
    if (answer === 'offline') throw new TypeError('Failed to fetch');
    if (answer === 'never')
      return new Promise((_, reject) =>
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        }),
      );
    const { status, body, headers } = answer;
    return new Response(body === undefined ? null : JSON.stringify(body), headers ? { status, headers } : { status });
  }
}

export class FakeTab {
  readonly attention = new Value<Attention>({ visible: true, focused: true });
  readonly suspended = new Value(false);
  readonly ports: Ports;
  readonly #tab = { alive: true } as Tab;

  constructor(private readonly browser: FakeBrowser) {
    this.ports = browser.portsOf(this.#tab, this);
  }

  kill(): void {
    this.browser.kill(this.#tab);
  }
}
