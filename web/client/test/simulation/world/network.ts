import type { Socket } from '../../../src/ports.js';
import type { Random } from '../random.js';
import { problem, type Answer } from '../server/answer.js';
import { answerFrame, rejectFrame } from '../server/frames.js';
import { answer } from '../server/rest.js';
import type { Connection, Server } from '../server/server.js';
import type { Scheduler } from './scheduler.js';
import type { Tab } from './tab.js';

/** Probabilities, and the longest delay of each way in milliseconds. */
export interface Faults {
  readonly drop: number;
  readonly duplicate: number;
  readonly delay: number;
  /** The server answers 429 or 503. */
  readonly busy: number;
}

export const NO_FAULTS: Faults = { drop: 0, duplicate: 0, delay: 20, busy: 0 };

/** A refresh of the access token that a tab asked for. */
export interface Refresh {
  readonly tab: Tab;
  /** The body of the call, which names the session. */
  readonly session: string;
  readonly startedAt: number;
  readonly clockError: number;
  readonly storageFull: boolean;
  /** The token may serve the logout alone, of a session that has ended in the browser. */
  readonly leaving: boolean;
  arrived: boolean;
  /** The server gave a token. */
  granted: boolean;
}

export const API = 'https://api.test';
export const WEB_SOCKET = 'wss://socket.test';

/** The way between one browser and the server: it loses, repeats, delays and reorders. */
export class Network {
  faults: Faults = NO_FAULTS;
  readonly refreshes: Refresh[] = [];
  readonly #cuts = new Set<() => void>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    private readonly server: Server,
    private readonly isOnline: () => boolean,
  ) {}

  /** Cuts all sockets. Frames on their way are lost. */
  cut(): void {
    for (const cut of [...this.#cuts]) cut();
  }

  fetchFor(tab: Tab): typeof fetch {
    return async (input, init) => {
      const request = input instanceof Request ? input : new Request(input, init);
      // A request holds its signal weakly, and may be collected before the signal is aborted.
      const signal = init?.signal ?? request.signal;
      const text = await request.text();
      this.scheduler.note(() => `${tab.name} asks ${request.method} ${request.url.slice(API.length)}`);
      if (request.url.endsWith('/auth/logout')) this.#forget(text);
      const refresh = request.url.endsWith('/auth/refresh') ? this.#refresh(tab, text) : undefined;
      return new Promise((resolve, reject) => {
        const fail = () => {
          if (tab.alive) reject(new TypeError('The network failed.'));
        };
        signal.addEventListener('abort', () => {
          if (tab.alive) reject(signal.reason as Error);
        });
        // A lost request or answer looks the same: the connection breaks, or nothing ever comes.
        const lose = () => {
          if (!this.random.chance(0.2)) this.#later(fail);
        };
        this.#later(() => {
          if (!this.isOnline() || this.#drops()) {
            lose();
            return;
          }
          const { status, body } = this.#answer(request, text);
          if (refresh) refresh.granted = status === 200;
          this.scheduler.note(() => {
            const path = request.url.slice(API.length);
            return `${tab.name} ${request.method} ${path} ${text.slice(0, 200)} → ${String(status)} ${brief(body)}`;
          });
          this.#later(() => {
            if (!tab.alive) return;
            if (!this.isOnline() || this.#drops()) lose();
            else {
              if (refresh && status === 200)
                Object.assign(refresh, { arrived: true, storageFull: tab.browser.storage.full });
              resolve(response(status, body));
            }
          });
        });
      });
    };
  }

  openSocket(tab: Tab, url: string): Socket {
    const socket = new SimulatedSocket(
      tab,
      (run) => {
        this.#later(run);
      },
      () => this.random.chance(this.faults.busy),
    );
    const cut = () => {
      this.#cuts.delete(cut);
      socket.drop();
    };
    this.#cuts.add(cut);
    this.#later(() => {
      const login = this.server.logins.redeem(new URL(url).searchParams.get('ticket') ?? '');
      if (!login || !this.isOnline() || this.#drops()) {
        cut();
        return;
      }
      const { account, sessionId } = login;
      const connection: Connection = {
        userId: account.userId,
        sessionId,
        post: (frame) => {
          const text = JSON.stringify(frame);
          this.scheduler.note(() => `${tab.name} ← ${text.slice(0, 300)}`);
          this.#send(() => {
            socket.receive(text);
          });
        },
        close: () => {
          this.#later(cut);
        },
      };
      socket.open(this.server, connection, (run) => {
        this.#send(run);
      });
    });
    return socket;
  }

  #refresh(tab: Tab, session: string): Refresh {
    const { clockError, storage, leavingUntil } = tab.browser;
    const { now } = this.scheduler;
    const start = { tab, session, startedAt: now, clockError, leaving: now < leavingUntil };
    const refresh = { ...start, storageFull: storage.full, arrived: false, granted: false };
    this.refreshes.push(refresh);
    return refresh;
  }

  /**
   * A tab that tells the server of a logout may refresh for itself alone: it drops the results of earlier refreshes.
   */
  #forget(text: string): void {
    const { refreshToken } = JSON.parse(text) as { refreshToken: string };
    const kept = this.refreshes.filter(({ session }) => !session.includes(refreshToken));
    this.refreshes.splice(0, this.refreshes.length, ...kept);
  }

  #answer(request: Request, text: string): Answer {
    const url = new URL(request.url);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const token = request.headers.get('authorization')?.replace('Bearer ', '');
    const call = { method: request.method, path: url.pathname, query: url.searchParams, token, body };
    if (!this.random.chance(this.faults.busy)) return answer(this.server, call);
    if (this.random.chance(0.5))
      return problem(429, 'Too many requests.', { retryAfterMs: this.random.between(1, 3_000) });
    // A 503 says nothing about what was done.
    if (this.random.chance(0.5)) answer(this.server, call);
    return problem(503, 'The service is unavailable.');
  }

  #send(run: () => void): void {
    if (!this.isOnline() || this.#drops()) return;
    this.#later(run);
    if (this.random.chance(this.faults.duplicate)) this.#later(run);
  }

  #drops(): boolean {
    return this.random.chance(this.faults.drop);
  }

  #later(run: () => void): void {
    this.scheduler.after(this.random.between(1, this.faults.delay), run);
  }
}

function brief(body: unknown): string {
  return JSON.stringify(body ?? null).slice(0, 300);
}

function response(status: number, body: unknown): Response {
  if (body === undefined) return new Response(null, { status });
  const type = status < 300 ? 'application/json' : 'application/problem+json';
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
}

/** One socket, at its client. */
class SimulatedSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((text: string) => void) | null = null;
  onclose: ((code: number) => void) | null = null;
  #connection: { server: Server; connection: Connection; transmit: (run: () => void) => void } | undefined;
  #closed = false;

  constructor(
    private readonly tab: Tab,
    private readonly later: (run: () => void) => void,
    private readonly isBusy: () => boolean,
  ) {}

  open(server: Server, connection: Connection, transmit: (run: () => void) => void): void {
    if (this.#closed || !this.tab.alive) return;
    this.#connection = { server, connection, transmit };
    server.connections.add(connection);
    this.onopen?.();
  }

  receive(text: string): void {
    if (!this.#closed && this.tab.alive) this.onmessage?.(text);
  }

  send(text: string): void {
    const open = this.#connection;
    if (!open || this.#closed || !this.tab.alive) return;
    open.transmit(() => {
      this.tab.browser.world.scheduler.note(() => `${this.tab.name} → ${text.slice(0, 300)}`);
      // A frame sent before a cut may still arrive; its answer does not.
      const reply = this.isBusy() ? rejectFrame(text) : answerFrame(open.server, open.connection, text);
      open.connection.post(reply);
    });
  }

  close(): void {
    this.drop();
  }

  /** The server's side goes at once, the client hears of it later. */
  drop(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#connection) this.#connection.server.connections.delete(this.#connection.connection);
    this.later(() => {
      if (this.tab.alive) this.onclose?.(1006);
    });
  }
}
