import type { Socket } from '../../src/ports.js';

/** A socket that a test opens, answers and cuts. */
export class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((text: string) => void) | null = null;
  onclose: ((code: number) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  isClosed = false;

  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.onopen?.();
  }

  receive(frame: unknown): void {
    this.onmessage?.(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  cut(code = 1006): void {
    this.isClosed = true;
    this.onclose?.(code);
  }

  get actions(): unknown[] {
    return this.sent.map(({ action }) => action);
  }

  get last(): Record<string, unknown> {
    return this.sent.at(-1) ?? {};
  }
}
