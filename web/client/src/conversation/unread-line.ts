/**
 * The "unread" separator. It stays in place while the conversation is open, and goes when the user sends. Pure
 * functions.
 */

export interface UnreadLine {
  /** The seq after which messages were unread. `undefined`: not known yet. */
  readonly after: number | undefined;
  /** The ordinal of message `after`. */
  readonly afterCount: number;
  readonly count: number;
  /** The first catch-up is complete: later messages are not counted. */
  readonly frozen: boolean;
}

export const NO_LINE: UnreadLine = { after: undefined, afterCount: 0, count: 0, frozen: false };

/** The place of the line: the user's mark as it was first known. The count may rise until the line is frozen. */
export function lineAt(line: UnreadLine, mark: { seq: number; count: number }, lastCount: number): UnreadLine {
  if (line.frozen) return line;
  const { after, afterCount } = line.after === undefined ? { after: mark.seq, afterCount: mark.count } : line;
  const count = Math.max(0, lastCount - afterCount);
  return after === line.after && count === line.count ? line : { ...line, after, afterCount, count };
}

export function frozen(line: UnreadLine): UnreadLine {
  return line.frozen ? line : { ...line, frozen: true };
}

export function removed(line: UnreadLine): UnreadLine {
  return { ...line, count: 0, frozen: true };
}
