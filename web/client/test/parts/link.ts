import type { Accepted, AckResult, ClientFrame, Problem, ServerEvent } from '../../src/contracts.js';
import { PalomaError } from '../../src/errors.js';
import { Emitter, Value } from '../../src/observable.js';
import type { Link } from '../../src/parts.js';
import { problem } from '../simulation/server/answer.js';

export interface Delivery {
  readonly message: { chatId: string; clientMessageId: string; content: string };
  accept(seq: number): void;
  offline(): void;
  reject(status: number, more?: Partial<Problem>): void;
}

/** A link that records what is sent. Tests answer each delivery. */
export class ScriptedLink implements Link {
  readonly events = new Emitter<ServerEvent>();
  readonly acks = new Emitter<AckResult>();
  readonly opened = new Emitter<void>();
  readonly isOpen = new Value(true);
  readonly failures = new Emitter<Problem>();
  readonly frames: ClientFrame[] = [];
  /** All deliveries, answered or not. */
  readonly deliveries: Delivery[] = [];

  send(frame: ClientFrame): void {
    this.frames.push(frame);
  }

  request(): Promise<AckResult> {
    return Promise.reject(new Error('The outbox sends no other frames.'));
  }

  deliver(message: Delivery['message']): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      const { chatId, clientMessageId } = message;
      this.deliveries.push({
        message,
        accept: (seq) => {
          resolve({
            chatId,
            clientMessageId,
            messageId: `message ${String(seq)}`,
            seq,
            status: 'sent',
            timestamp: seq,
          });
        },
        offline: () => {
          reject(new PalomaError('offline', 'No answer arrived.'));
        },
        reject: (status, more) => {
          const body = problem(status, 'Rejected by the test.', more).body as Problem;
          reject(new PalomaError('problem', body.detail, body));
        },
      });
    });
  }

  /** The last delivery. */
  get last(): Delivery {
    const last = this.deliveries.at(-1);
    if (!last) throw new Error('Nothing was delivered.');
    return last;
  }

  get sentTexts(): string[] {
    return this.deliveries.map(({ message }) => message.content);
  }
}
