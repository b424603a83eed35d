import type { Problem } from './contracts.js';

/**
 * A call that failed.
 *
 * - `offline`: no answer arrived. The same call may succeed later.
 * - `problem`: the server rejected the call and says why in `problem`.
 * - `signedOut`: the session has ended.
 * - `storage`: the browser could not store or delete the data.
 * - `unexpected`: the answer is not in the contract.
 */
export type FailureKind = 'offline' | 'problem' | 'signedOut' | 'storage' | 'unexpected';

export class PalomaError extends Error {
  override readonly name = 'PalomaError';

  constructor(
    readonly kind: FailureKind,
    message: string,
    /** The server's answer, for `problem`. */
    readonly problem?: Problem,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whether the same call may succeed later without a change by the user (offline, 429, 5xx). */
  get transient(): boolean {
    if (this.kind === 'offline') return true;
    const status = this.problem?.status ?? 0;
    return this.kind === 'problem' && (status === 429 || status >= 500);
  }
}
