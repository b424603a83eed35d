import { Emitter, Value } from '../observable.js';
import type { Tabs, Topic } from '../parts.js';
import type { Channel, Ports } from '../ports.js';

interface Envelope {
  readonly topic: string;
  readonly message: unknown;
}

/** The tabs of one user in this browser. The tab that holds a lock leads; when it closes or dies, another one gets it. */
export class BrowserTabs implements Tabs {
  readonly leading = new Value(false);
  readonly #channel: Channel;
  readonly #topics = new Map<string, Emitter<unknown>>();
  readonly #closing = new AbortController();
  #giveUp: () => void = () => undefined;

  constructor(userId: string, ports: Pick<Ports, 'locks' | 'openChannel'>) {
    this.#channel = ports.openChannel(`paloma:${userId}`);
    this.#channel.onmessage = (envelope) => {
      const { topic, message } = envelope as Envelope;
      this.#topics.get(topic)?.emit(message);
    };
    const lead = () => {
      this.leading.set(true);
      return new Promise<void>((resolve) => {
        this.#giveUp = resolve;
      });
    };
    ports.locks.hold(`paloma:${userId}:leader`, lead, this.#closing.signal).catch(() => undefined);
  }

  post<T>(topic: Topic<T>, message: T): void {
    if (!this.#closing.signal.aborted) this.#channel.post({ topic: topic.name, message } satisfies Envelope);
  }

  on<T>(topic: Topic<T>, listener: (message: T) => void): () => void {
    const emitter = this.#topics.get(topic.name) ?? new Emitter<unknown>();
    this.#topics.set(topic.name, emitter);
    return emitter.subscribe((message) => {
      listener(message as T);
    });
  }

  close(): void {
    this.leading.set(false);
    this.#closing.abort();
    this.#giveUp();
    this.#channel.close();
  }
}
