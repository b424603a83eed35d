import type { AckResult, ClientFrame, Problem, ServerEvent } from '../contracts.js';
import { PalomaError } from '../errors.js';
import { Emitter } from '../observable.js';
import type { Clock, Socket } from '../ports.js';
import { parseFrame } from './frames.js';

/** Time limit for the reply to a request. */
const REPLY_LIMIT = 10_000;
/** Silence after which a ping asks whether the socket lives. API Gateway closes an idle socket after 10 minutes. */
const IDLE = 240_000;
/** Time limit for the answer to a ping. */
const PONG_LIMIT = 8_000;
/** Silence after which a sign of trouble (a lost network, a tab that was hidden) asks at once. */
const FRESH = 5_000;

interface Pending {
  resolve(result: AckResult): void;
  reject(error: PalomaError): void;
}

/** One open socket: frames, replies by id, and a check that it lives. */
export class Wire {
  readonly events = new Emitter<ServerEvent>();
  readonly acks = new Emitter<AckResult>();
  /** Problems of frames without an id. */
  readonly failures = new Emitter<Problem>();
  /** The server's clock in epoch milliseconds, and this device's clock at the same moment. */
  readonly times = new Emitter<{ server: number; here: number }>();
  /** The socket has ended. Emitted once. */
  readonly closed = new Emitter<number>();
  readonly #pending = new Map<string, Pending>();
  #lastFrame: number;
  #nextId = 0;
  #cancelCheck: () => void = () => undefined;
  #probing = false;
  #ended = false;

  constructor(
    private readonly socket: Socket,
    private readonly clock: Clock,
  ) {
    this.#lastFrame = clock.elapsed();
    socket.onmessage = (text) => {
      this.#receive(text);
    };
    socket.onclose = (code) => {
      this.#end(code);
    };
    this.#checkAfter(IDLE);
  }

  send(frame: ClientFrame): void {
    // The result of `watch` is the presence: without an id, the server may leave the reply out.
    const named = frame.action === 'watch' ? { ...frame, id: `watch-${String(this.#nextId++)}` } : frame;
    this.socket.send(JSON.stringify(named));
  }

  /** Rejects with `offline` if no reply arrives: the server may have got the frame all the same. */
  request(frame: ClientFrame): Promise<AckResult> {
    const id = `request-${String(this.#nextId++)}`;
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(REPLY_LIMIT, () => {
        settle();
        reject(new PalomaError('offline', 'No reply arrived in time.'));
        this.probe();
      });
      const settle = () => {
        cancel();
        this.#pending.delete(id);
      };
      this.#pending.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.socket.send(JSON.stringify({ ...frame, id }));
    });
  }

  /** Asks for a sign of life, unless one has just arrived. Without an answer the socket counts as closed. */
  probe(): void {
    if (this.#ended || this.#probing || this.clock.elapsed() - this.#lastFrame < FRESH) return;
    this.#probing = true;
    this.socket.send(JSON.stringify({ action: 'ping' } satisfies ClientFrame));
    const asked = this.clock.elapsed();
    this.#cancelCheck();
    this.#cancelCheck = this.clock.after(PONG_LIMIT, () => {
      this.#judge(asked);
    });
  }

  close(): void {
    this.socket.close();
    this.#end(1000);
  }

  #receive(text: string): void {
    this.#lastFrame = this.clock.elapsed();
    this.#probing = false;
    this.#checkAfter(IDLE);
    const frame = parseFrame(text);
    if (frame?.kind === 'event') this.events.emit(frame.event);
    if (frame?.kind === 'pong') this.times.emit({ server: frame.timestamp, here: this.clock.now() });
    if (frame?.kind === 'ack') {
      const pending = this.#pending.get(String(frame.id));
      if (pending) pending.resolve(frame.result);
      else this.acks.emit(frame.result);
    }
    if (frame?.kind === 'error') this.#fail(frame.id, frame.problem);
  }

  #fail(id: unknown, problem: Problem): void {
    // The socket's session has expired: the next ticket shows whether the user's session has ended too.
    if (problem.status === 401) this.close();
    else if (id === undefined) this.failures.emit(problem);
    else this.#pending.get(String(id))?.reject(new PalomaError('problem', problem.detail, problem));
  }

  #checkAfter(time: number): void {
    this.#cancelCheck();
    this.#cancelCheck = this.clock.after(time, () => {
      this.probe();
    });
  }

  /** A hidden tab's timers may run minutes late, with frames still waiting: then the socket gets a second chance. */
  #judge(asked: number): void {
    if (this.#lastFrame > asked || this.#ended) return;
    const late = this.clock.elapsed() - asked > 2 * PONG_LIMIT;
    if (!late) {
      this.close();
      return;
    }
    this.#probing = false;
    this.probe();
  }

  #end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelCheck();
    this.socket.onmessage = null;
    this.socket.onclose = null;
    for (const pending of [...this.#pending.values()]) {
      pending.reject(new PalomaError('offline', 'The socket closed before the reply.'));
    }
    this.closed.emit(code);
  }
}
