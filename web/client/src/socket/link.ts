import type { Connection, ConnectionState } from '../api.js';
import type { Accepted, AckResult, ClientFrame, Problem, ServerEvent } from '../contracts.js';
import { PalomaError } from '../errors.js';
import { Emitter, Value, select } from '../observable.js';
import type { Link, Rest, Tabs, Topic } from '../parts.js';
import type { Ports } from '../ports.js';
import { Connector } from './connector.js';

type News =
  | { readonly kind: 'event'; readonly event: ServerEvent }
  | { readonly kind: 'ack'; readonly result: AckResult }
  | { readonly kind: 'opened' }
  | { readonly kind: 'state'; readonly state: ConnectionState; readonly skew: number };

type Wish =
  { readonly kind: 'send'; readonly frame: ClientFrame } | { readonly kind: 'retry' } | { readonly kind: 'state' };

/** From the leading tab to the others. */
const NEWS: Topic<News> = { name: 'link' };
/** From the others to the leading tab. */
const WISHES: Topic<Wish> = { name: 'link wishes' };

interface Surroundings {
  readonly webSocketUrl: string;
  readonly rest: Rest;
  readonly tabs: Tabs;
  readonly ports: Ports;
}

/** The one socket of the browser: the leading tab owns it, and tells the others everything. */
export class SharedLink implements Link, Connection {
  readonly events = new Emitter<ServerEvent>();
  readonly acks = new Emitter<AckResult>();
  readonly failures = new Emitter<Problem>();
  readonly opened = new Emitter<void>();
  readonly state = new Value<ConnectionState>({ kind: 'connecting' });
  readonly clockSkew = new Value(0);
  readonly isOpen = select(this.state, ({ kind }) => kind === 'open');
  readonly #endings: (() => void)[];
  #connector: Connector | undefined;

  constructor(private readonly around: Surroundings) {
    const { tabs, ports } = around;
    this.#endings = [
      tabs.on(NEWS, (news) => {
        if (!this.#connector) this.#take(news);
      }),
      tabs.on(WISHES, (wish) => {
        this.#fulfil(wish);
      }),
      tabs.leading.subscribe((leading) => {
        if (leading) this.#lead();
        else this.#follow();
      }),
      // Whichever tab the user looks at: the leading one may be hidden, with timers that run late.
      ports.attention.subscribe(({ visible }) => {
        if (visible) this.retryNow();
      }),
      ports.suspended.subscribe((suspended) => {
        if (!suspended) this.#wake();
      }),
    ];
    if (tabs.leading.value) this.#lead();
    else tabs.post(WISHES, { kind: 'state' });
  }

  send(frame: ClientFrame): void {
    if (this.#connector) this.#connector.send(frame);
    else this.around.tabs.post(WISHES, { kind: 'send', frame });
  }

  request(frame: ClientFrame): Promise<AckResult> {
    return this.#connector?.request(frame) ?? notLeading();
  }

  deliver(message: { chatId: string; clientMessageId: string; content: string }): Promise<Accepted> {
    return this.#connector?.deliver(message) ?? notLeading();
  }

  retryNow(): void {
    if (this.#connector) this.#connector.retryNow();
    else this.around.tabs.post(WISHES, { kind: 'retry' });
  }

  close(): void {
    this.#endings.forEach((end) => {
      end();
    });
    this.#follow();
    this.state.set({ kind: 'off' });
  }

  #lead(): void {
    if (this.#connector) return;
    const { tabs } = this.around;
    const connector = new Connector(this.around);
    this.#connector = connector;
    const tell = (news: News) => {
      this.#take(news);
      tabs.post(NEWS, news);
    };
    const state = () => {
      tell({ kind: 'state', state: connector.state.value, skew: connector.clockSkew.value });
    };
    connector.events.subscribe((event) => {
      tell({ kind: 'event', event });
    });
    connector.acks.subscribe((result) => {
      tell({ kind: 'ack', result });
    });
    connector.failures.subscribe((problem) => {
      this.failures.emit(problem);
    });
    connector.opened.subscribe(() => {
      tell({ kind: 'opened' });
    });
    connector.state.subscribe(state);
    connector.clockSkew.subscribe(state);
    state();
  }

  /** This tab heard nothing while it was suspended. */
  #wake(): void {
    if (this.#connector) return;
    this.around.tabs.post(WISHES, { kind: 'state' });
    this.opened.emit();
  }

  #follow(): void {
    const connector = this.#connector;
    this.#connector = undefined;
    connector?.stop();
  }

  #take(news: News): void {
    switch (news.kind) {
      case 'event':
        this.events.emit(news.event);
        return;
      case 'ack':
        this.acks.emit(news.result);
        return;
      case 'opened':
        this.opened.emit();
        return;
      case 'state':
        this.clockSkew.set(news.skew);
        this.state.set(news.state);
    }
  }

  #fulfil(wish: Wish): void {
    const connector = this.#connector;
    if (!connector) return;
    if (wish.kind === 'send') connector.send(wish.frame);
    if (wish.kind === 'retry') connector.retryNow();
    if (wish.kind === 'state') {
      const { state, clockSkew } = connector;
      this.around.tabs.post(NEWS, { kind: 'state', state: state.value, skew: clockSkew.value });
    }
  }
}

function notLeading(): Promise<never> {
  return Promise.reject(new PalomaError('offline', 'This tab does not lead any more.'));
}
