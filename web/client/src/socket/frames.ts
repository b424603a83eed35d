import type { AckResult, Problem, ServerEvent } from '../contracts.js';

/** A frame of the server, as far as this version of the library knows it. */
export type Frame =
  | { readonly kind: 'ack'; readonly id: unknown; readonly result: AckResult }
  | { readonly kind: 'pong'; readonly timestamp: number }
  | { readonly kind: 'error'; readonly id: unknown; readonly problem: Problem }
  | { readonly kind: 'event'; readonly event: ServerEvent };

const EVENTS: Record<ServerEvent['type'], true> = {
  message: true,
  change: true,
  status: true,
  settings: true,
  chat: true,
  typing: true,
  presence: true,
  erased: true,
};

/** `undefined` for a frame that a newer server sent, and for text that is no frame. */
export function parseFrame(text: string): Frame | undefined {
  const frame = objectOf(text);
  switch (frame?.['type']) {
    case 'ack':
      return { kind: 'ack', id: frame['id'], result: frame['result'] as AckResult };
    case 'pong':
      return { kind: 'pong', timestamp: Number(frame['timestamp']) };
    case 'error': {
      const { retryAfterMs } = frame;
      const problem = { ...(frame['problem'] as Problem), ...(typeof retryAfterMs === 'number' && { retryAfterMs }) };
      return { kind: 'error', id: frame['id'], problem };
    }
    default:
      return Object.hasOwn(EVENTS, String(frame?.['type']))
        ? { kind: 'event', event: frame as unknown as ServerEvent }
        : undefined;
  }
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
