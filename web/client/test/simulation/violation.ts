/** The invariants of every run. */
export type Invariant =
  | 'every text appears exactly once'
  | 'every timeline equals the server'
  | 'every quote equals the server'
  | 'every reaction counts once'
  | 'every preview equals the server'
  | 'rows are sorted by seq'
  | 'rows have no gap'
  | 'no row is outside of the windows'
  | 'rows have unique keys'
  | 'own messages keep their order'
  | 'ticks never go back'
  | 'ticks equal the server'
  | 'unread equals the server'
  | 'the outbox is empty at the end'
  | 'a failed message keeps its text'
  | 'drafts survive'
  | 'one tab refreshes a token'
  | 'a message arrives once per browser'
  | 'nothing is sent under another user'
  | 'no data of another user shows'
  | 'no rejection is unhandled'
  | 'a group equals the server'
  | 'the run comes to rest';

export class Violation extends Error {
  constructor(
    readonly invariant: Invariant,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}

export function check(holds: boolean, invariant: Invariant, detail: () => string): void {
  if (!holds) throw new Violation(invariant, detail());
}
