/** The frames that the tabs of a browser exchange with the stack. */
import type { BrowserContext, WebSocket } from '@playwright/test';

export interface Frame {
  readonly action?: string;
  readonly status?: string;
}

export class Frames {
  readonly sent: Frame[] = [];
  readonly received: Frame[] = [];

  constructor(context: BrowserContext) {
    context.on('page', (page) => page.on('websocket', (socket) => this.watch(socket)));
  }

  sentWith(frame: Partial<Frame>): Frame[] {
    const names = Object.keys(frame) as (keyof Frame)[];
    return this.sent.filter((sent) => names.every((name) => sent[name] === frame[name]));
  }

  private watch(socket: WebSocket): void {
    socket.on('framesent', ({ payload }) => this.sent.push(JSON.parse(String(payload)) as Frame));
    socket.on('framereceived', ({ payload }) => this.received.push(JSON.parse(String(payload)) as Frame));
  }
}
