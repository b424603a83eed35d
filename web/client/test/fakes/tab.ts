import { Value } from '../../src/observable.js';
import type { Attention, Ports } from '../../src/ports.js';
import { Random } from '../simulation/random.js';
import type { OpenedDatabase } from '../../src/paloma.js';
import { Channels } from '../simulation/world/channels.js';
import { BrowserStorage } from '../simulation/world/database.js';
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

interface Content {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of a body: a text that may be no JSON. */
  readonly text?: string;
  /** The text never ends. */
  readonly stalls?: boolean;
  readonly headers?: Record<string, string>;
}

type Answer = Content | 'offline' | 'never';

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
  readonly storage = new BrowserStorage(this.scheduler, this.#random);
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
    return responseOf(await this.answer(call), signal);
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

  /** Opens a database that all tabs share. */
  open(name: string): OpenedDatabase {
    return this.browser.storage.openFor(this.#tab, name);
  }

  kill(): void {
    this.browser.kill(this.#tab);
  }
}

function responseOf(answer: Answer, signal?: AbortSignal): Promise<Response> {
  if (answer === 'offline') return Promise.reject(new TypeError('Failed to fetch'));
  if (answer === 'never') {
    return new Promise((_, reject) => {
      onAbort(signal, reject);
    });
  }
  const { status, headers = {}, body } = answer;
  const text = answer.text ?? (body === undefined ? null : JSON.stringify(body));
  const content = answer.stalls ? stalling(text ?? '', signal) : text;
  return Promise.resolve(new Response(content, { status, headers }));
}

function stalling(text: string, signal?: AbortSignal): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      onAbort(signal, (reason) => {
        controller.error(reason);
      });
    },
  });
}

function onAbort(signal: AbortSignal | undefined, run: (reason: Error) => void): void {
  signal?.addEventListener('abort', () => {
    run(signal.reason as Error);
  });
}
