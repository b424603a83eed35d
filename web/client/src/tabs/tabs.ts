import { Emitter, Value } from '../observable.js';
import type { Tabs, Topic } from '../parts.js';
import type { Channel, Ports } from '../ports.js';

interface Envelope {
  readonly topic: string;
  readonly message: unknown;
}

/**
 * The tabs of one user in this browser. The tab that holds a lock leads; when it closes, dies or is suspended, another
 * one gets it.
 */
export class BrowserTabs implements Tabs {
  readonly leading = new Value(false);
  readonly #channel: Channel;
  readonly #topics = new Map<string, Emitter<unknown>>();
  readonly #unfollow: () => void;
  #isClosed = false;
  #stepDown: () => void;

  constructor(
    private readonly userId: string,
    private readonly ports: Pick<Ports, 'locks' | 'openChannel' | 'suspended'>,
  ) {
    this.#channel = ports.openChannel(`paloma:${userId}`);
    this.#channel.onmessage = (envelope) => {
      const { topic, message } = envelope as Envelope;
      this.#topics.get(topic)?.emit(message);
    };
    this.#stepDown = this.#compete();
    this.#unfollow = ports.suspended.subscribe((suspended) => {
      if (suspended) this.#stepDown();
      else this.#stepDown = this.#compete();
    });
  }

  post<T>(topic: Topic<T>, message: T): void {
    if (!this.#isClosed) this.#channel.post({ topic: topic.name, message } satisfies Envelope);
  }

  on<T>(topic: Topic<T>, listener: (message: T) => void): () => void {
    const emitter = this.#topics.get(topic.name) ?? new Emitter<unknown>();
    this.#topics.set(topic.name, emitter);
    return emitter.subscribe((message) => {
      listener(message as T);
    });
  }

  close(): void {
    this.#unfollow();
    this.#stepDown();
    this.#isClosed = true;
    this.#channel.close();
  }

  /** Leads as soon as no other tab does, until the returned function is called. */
  #compete(): () => void {
    const candidacy = new AbortController();
    const { signal } = candidacy;
    const lead = async () => {
      if (signal.aborted) return;
      const end = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
      this.leading.set(true);
      await end;
    };
    this.ports.locks.hold(`paloma:${this.userId}:leader`, lead, signal).catch(() => undefined);
    return () => {
      if (signal.aborted) return;
      this.leading.set(false);
      candidacy.abort();
    };
  }
}
