import type { Problem } from '../../../src/contracts.js';

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

const TYPES = new Map<number, { type: Problem['type']; title: string }>([
  [400, { type: 'urn:paloma:problem:invalid-field', title: 'Invalid field' }],
  [401, { type: 'urn:paloma:problem:unauthenticated', title: 'Unauthenticated' }],
  [403, { type: 'urn:paloma:problem:forbidden', title: 'Forbidden' }],
  [404, { type: 'urn:paloma:problem:not-found', title: 'Not found' }],
  [409, { type: 'urn:paloma:problem:conflict', title: 'Conflict' }],
  [413, { type: 'urn:paloma:problem:too-large', title: 'Too large' }],
  [429, { type: 'urn:paloma:problem:too-many-requests', title: 'Too many requests' }],
  [503, { type: 'urn:paloma:problem:unavailable', title: 'Unavailable' }],
]);

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

export function problem(status: number, detail: string, more: Partial<Problem> = {}): Answer {
  const known = TYPES.get(status);
  if (!known) throw new Error(`No problem has the status ${String(status)}.`);
  return { status, body: { ...known, status, detail, requestId: 'simulated', ...more } };
}
