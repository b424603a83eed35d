import type { OutboxEntry } from '../../src/api.js';
import type { AckResult, ClientFrame, Message, Presence, Problem, ServerEvent } from '../../src/contracts.js';
import { Emitter, Value } from '../../src/observable.js';
import type { Tabs, Topic } from '../../src/parts.js';
import { createSync, type Sync } from '../../src/sync.js';
import { acceptedAs, CHAT, entry, ME } from './build.js';
import { TestClock } from './clock.js';
import { TestDatabase } from './database.js';
import { TestRest } from './rest.js';
import { TestServer } from './server.js';

/** Tabs that share a browser: the others hear each post of one. */
export type Browser = Set<TestTabs>;

class TestTabs implements Tabs {
  readonly #heard = new Map<string, (message: unknown) => void>();

  constructor(
    readonly leading: Value<boolean>,
    private readonly browser: Browser,
  ) {
    browser.add(this);
  }

  post<T>(topic: Topic<T>, message: T): void {
    for (const tab of this.browser) if (tab !== this) tab.#heard.get(topic.name)?.(message);
  }

  on<T>(topic: Topic<T>, listener: (message: T) => void): () => void {
    this.#heard.set(topic.name, listener as (message: unknown) => void);
    return () => this.#heard.delete(topic.name);
  }
}

export interface WorldOptions {
  readonly server?: TestServer;
  readonly database?: TestDatabase;
  readonly browser?: Browser;
  readonly leading?: boolean;
}

/** One tab with chats and conversations, and everything around it in the hand of the test. */
export class World {
  readonly clock = new TestClock();
  readonly server: TestServer;
  readonly database: TestDatabase;
  readonly rest: TestRest;
  readonly me = new Value<string | undefined>(ME);
  readonly attention = new Value({ visible: true, focused: true });
  readonly skew = new Value(0);
  readonly frames: ClientFrame[] = [];
  /** Frames with an id, for the test to answer. */
  readonly requests: { readonly frame: ClientFrame; readonly answer: PromiseWithResolvers<AckResult> }[] = [];
  readonly link;
  readonly tabs: TestTabs;
  readonly outbox;
  readonly activity;
  readonly sync: Sync;

  constructor({ server, database, browser, leading = true }: WorldOptions = {}) {
    this.server = server ?? new TestServer();
    this.database = database ?? new TestDatabase();
    this.rest = new TestRest(this.server.answer);
    this.tabs = new TestTabs(new Value(leading), browser ?? new Set());
    this.link = {
      events: new Emitter<ServerEvent>(),
      acks: new Emitter<AckResult>(),
      opened: new Emitter<void>(),
      isOpen: new Value(true),
      failures: new Emitter<Problem>(),
      request: (frame: ClientFrame): Promise<AckResult> => {
        const answer = Promise.withResolvers<AckResult>();
        this.requests.push({ frame, answer });
        return answer.promise;
      },
      send: (frame: ClientFrame) => void this.frames.push(frame),
      deliver: () => Promise.reject(new Error('The outbox delivers.')),
    };
    this.outbox = testOutbox();
    this.activity = testActivity();
    const { me, rest, link, tabs, outbox, activity, skew, clock, attention } = this;
    const ports = { clock, attention, random: () => 0.5 };
    this.sync = createSync({
      ...{ me, link, tabs, outbox, activity, skew, ports, rest: rest.client },
      database: this.database,
    });
  }

  /** Lets everything settle that needs no more time than this. */
  async settle(milliseconds = 0): Promise<void> {
    await this.clock.advance(milliseconds);
  }

  frame(message: Message): void {
    this.link.events.emit({ type: 'message', message });
  }

  /** The server accepts an entry of the outbox. */
  accept(sent: OutboxEntry): Message {
    const message = this.server.add(acceptedAs(this.server.messages.length + 1, sent));
    this.outbox.accepted.emit(message);
    this.outbox.entries.update((all) => all.filter((one) => one !== sent));
    return message;
  }

  get chat() {
    return this.sync.chats.get(CHAT).value;
  }
}

function testOutbox() {
  const entries = new Value<readonly OutboxEntry[]>([]);
  return {
    entries,
    accepted: new Emitter<Message>(),
    confirmed: [] as Message[],
    confirm(messages: readonly Message[]) {
      this.confirmed.push(...messages);
    },
    add: (chatId: string, content: string) => {
      const id = `client of ${String(entries.value.length)}`;
      entries.update((all) => [...all, entry(id, { chatId, content })]);
      return Promise.resolve();
    },
    retry: () => Promise.resolve(),
    discard: () => Promise.resolve(undefined),
  };
}

function testActivity() {
  return {
    typing: new Value<ReadonlyMap<string, readonly string[]>>(new Map()),
    presence: new Value<ReadonlyMap<string, Presence>>(new Map()),
    type: () => undefined,
    learn(chatId: string, presence: Presence) {
      this.presence.update((all) => new Map(all).set(chatId, presence));
    },
    watched: new Set<string>(),
    watch(chatId: string) {
      this.watched.add(chatId);
      return () => this.watched.delete(chatId);
    },
  };
}
