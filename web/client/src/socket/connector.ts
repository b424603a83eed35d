import type { ConnectionState } from '../api.js';
import type { Accepted, AckResult, ClientFrame, Problem, ServerEvent } from '../contracts.js';
import { backoff, demandedWait } from '../backoff.js';
import { PalomaError } from '../errors.js';
import { Emitter, Value } from '../observable.js';
import type { Delivery, Rest } from '../parts.js';
import type { Ports } from '../ports.js';
import { present } from '../rest/present.js';
import { Wire } from './wire.js';

/** Time limit for a new socket to open. */
const OPEN_LIMIT = 10_000;
/** Age at which a socket is replaced: API Gateway closes it after two hours. Up to 10 minutes less, so that the sockets
 * of many clients do not end together. */
const RENEW_AFTER = 115 * 60_000;
const RENEW_SPREAD = 10 * 60_000;
/** The waits begin anew only after a socket has stayed open for this time: one that closes at once changes nothing. */
const STABLE = 30_000;
/** API Gateway closes a socket that sends a WebSocket frame of more than 32 KB. */
const MAX_FRAME_BYTES = 24 * 1_024;

interface Surroundings {
  readonly webSocketUrl: string;
  readonly rest: Rest;
  readonly ports: Ports;
}

/** Keeps one socket open, in the leading tab. */
export class Connector {
  readonly state = new Value<ConnectionState>({ kind: 'off' });
  readonly events = new Emitter<ServerEvent>();
  readonly acks = new Emitter<AckResult>();
  readonly failures = new Emitter<Problem>();
  readonly opened = new Emitter<void>();
  readonly clockSkew = new Value(0);
  readonly #endings: (() => void)[];
  #wire: Wire | undefined;
  /** Tries in a row that failed, or that opened a socket for less than {@link STABLE}. */
  #failures = 0;
  #connecting = false;
  #cancelWait: () => void = () => undefined;
  #cancelAge: () => void = () => undefined;
  #stopped = false;

  constructor(private readonly around: Surroundings) {
    const { online } = around.ports;
    this.#endings = [
      online.subscribe((isOnline) => {
        if (isOnline || this.#wire) this.retryNow();
        else if (this.state.value.kind === 'waiting') this.#wait(undefined);
      }),
    ];
    void this.#connect();
  }

  send(frame: ClientFrame): void {
    this.#wire?.send(frame);
  }

  request(frame: ClientFrame): Promise<AckResult> {
    return this.#wire?.request(frame) ?? Promise.reject(new PalomaError('offline', 'No socket is open.'));
  }

  /** Ends a wait; an open socket is asked whether it lives. */
  retryNow(): void {
    if (this.#wire) this.#wire.probe();
    else void this.#connect();
  }

  async deliver(message: Delivery): Promise<Accepted> {
    const { chatId, ...body } = message;
    const frame: ClientFrame = { action: 'sendMessage', ...message };
    if (this.#wire && bytesOf(frame) <= MAX_FRAME_BYTES) return (await this.#wire.request(frame)) as Accepted;
    const params = { path: { chatId } };
    return present((await this.around.rest.POST('/chats/{chatId}/messages', { params, body })).data);
  }

  stop(): void {
    this.#stopped = true;
    this.#endings.forEach((end) => {
      end();
    });
    this.#cancelWait();
    this.#cancelAge();
    this.#drop()?.close();
    this.state.set({ kind: 'off' });
  }

  async #connect(): Promise<void> {
    if (this.#connecting || this.#stopped || this.#wire) return;
    this.#cancelWait();
    if (!this.around.ports.online.value) {
      this.state.set({ kind: 'offline' });
      return;
    }
    this.#connecting = true;
    this.state.set({ kind: 'connecting' });
    const wire = await this.#open().catch((error: unknown) => error);
    this.#connecting = false;
    if (wire instanceof Wire) this.#use(wire);
    else this.#wait(wire);
  }

  async #open(): Promise<Wire> {
    const { rest, ports, webSocketUrl } = this.around;
    const { ticket } = present((await rest.POST('/ws/tickets')).data);
    const socket = ports.openSocket(`${webSocketUrl}?ticket=${encodeURIComponent(ticket)}`);
    return new Promise((resolve, reject) => {
      const fail = () => {
        cancel();
        socket.onopen = null;
        socket.onclose = null;
        reject(new PalomaError('offline', 'The socket did not open.'));
      };
      const cancel = ports.clock.after(OPEN_LIMIT, () => {
        fail();
        socket.close();
      });
      socket.onclose = fail;
      socket.onopen = () => {
        cancel();
        socket.onopen = null;
        resolve(new Wire(socket, ports.clock));
      };
    });
  }

  #use(wire: Wire): void {
    if (this.#stopped) {
      wire.close();
      return;
    }
    const before = this.#drop();
    const { clock, random } = this.around.ports;
    this.#wire = wire;
    const cancelStable = clock.after(STABLE, () => {
      this.#failures = 0;
    });
    wire.events.subscribe((event) => {
      this.events.emit(event);
    });
    wire.acks.subscribe((ack) => {
      this.acks.emit(ack);
    });
    wire.failures.subscribe((problem) => {
      this.failures.emit(problem);
    });
    wire.times.subscribe(({ server, here }) => {
      this.clockSkew.set(server - here);
    });
    wire.closed.subscribe(() => {
      cancelStable();
      if (this.#wire !== wire) return;
      this.#drop();
      this.#wait(undefined);
    });
    this.#cancelAge = clock.after(RENEW_AFTER - random() * RENEW_SPREAD, () => void this.#renew());
    this.state.set({ kind: 'open' });
    this.opened.emit();
    before?.close();
    wire.send({ action: 'ping' });
  }

  /** Opens a new socket before it closes the old one, so that no frame is missed. */
  async #renew(): Promise<void> {
    const old = this.#wire;
    if (!old || this.#stopped) return;
    const wire = await this.#open().catch(() => undefined);
    // If it fails, the old socket lives on until the gateway closes it.
    if (wire && this.#wire === old) this.#use(wire);
    else wire?.close();
  }

  #drop(): Wire | undefined {
    const wire = this.#wire;
    this.#wire = undefined;
    this.#cancelAge();
    return wire;
  }

  #wait(error: unknown): void {
    if (this.#stopped) return;
    const { clock, online, random } = this.around.ports;
    this.#cancelWait();
    if (!online.value) {
      this.state.set({ kind: 'offline' });
      return;
    }
    const failure = error instanceof PalomaError ? error : undefined;
    const wait = demandedWait(failure) + backoff(++this.#failures, random);
    // A session that has ended closes this connector. Otherwise another tab has logged in again meanwhile.
    this.state.set(failure?.kind === 'signedOut' ? { kind: 'off' } : { kind: 'waiting', retryAt: clock.now() + wait });
    this.#cancelWait = clock.after(wait, () => void this.#connect());
  }
}

function bytesOf(frame: ClientFrame): number {
  return new TextEncoder().encode(JSON.stringify(frame)).length;
}
