import type { Conversation, ConversationState, Row, Tick } from '../../src/api.js';
import type { Ledger } from './ledger.js';
import { check } from './violation.js';

const RANK: Record<Tick, number> = { failed: 0, queued: 0, sent: 1, delivered: 2, read: 3 };

interface View {
  /** Whether the server lets the user see the message. */
  readonly mayShow: (seq: number) => boolean;
  /** Whether the user has hidden it. */
  readonly isHidden: (seq: number) => boolean;
  readonly isAlive: () => boolean;
}

/** A user who looks at a conversation all the time, and checks each state that shows. */
export class Eyes {
  /** Texts that this tab has sent, and that must show from then on. */
  readonly #own = new Set<string>();
  readonly #ticks = new Map<string, Tick>();
  readonly #end: () => void;
  #failure: unknown;

  constructor(
    private readonly conversation: Conversation,
    private readonly ledger: Ledger,
    private readonly view: View,
  ) {
    this.#end = conversation.state.subscribe((state) => {
      this.#look(state);
    });
  }

  expect(text: string): void {
    this.#own.add(text);
    this.#look(this.conversation.state.value);
  }

  close(): void {
    this.#end();
    this.conversation.close();
  }

  get rows(): readonly Row[] {
    return this.conversation.state.value.rows;
  }

  /** A listener must not throw into the library, so the failure waits here. */
  get failure(): unknown {
    return this.#failure;
  }

  #look(state: ConversationState): void {
    if (!this.view.isAlive()) return;
    try {
      checkRows(state.rows, this.view);
      this.#checkTicks(state.rows);
      if (!state.hasNewer && state.phase === 'ready') this.#checkOwn(state);
    } catch (failure) {
      this.#failure ??= failure;
    }
  }

  #checkTicks(rows: readonly Row[]): void {
    for (const { key, tick } of rows) {
      if (tick === undefined) continue;
      const before = this.#ticks.get(key) ?? 'queued';
      check(RANK[tick] >= RANK[before], 'ticks never go back', () => `${key} went from ${before} to ${tick}.`);
      this.#ticks.set(key, tick);
    }
  }

  #checkOwn(state: ConversationState): void {
    const { rows } = state;
    for (const text of this.#own) {
      const count = rows.filter((row) => row.content === text).length;
      const sent = this.ledger.get(text);
      const { discarded, mayBeLost } = sent && !sent.changed ? sent : { discarded: true, mayBeLost: true };
      const oldest = rows[0]?.seq ?? 0;
      // A text above the first row of the window is not loaded.
      const mayBeAbove = oldest > 1 && count === 0;
      check(discarded || mayBeLost || count === 1 || mayBeAbove, 'every text appears exactly once', () => {
        const rest = JSON.stringify({ ...state, rows: 0, members: 0 });
        return `${String(count)} rows of "${text.slice(0, 20)}" in ${describe(rows)} (${rest}).`;
      });
    }
  }
}

function checkRows(rows: readonly Row[], { mayShow, isHidden }: View): void {
  const keys = new Set(rows.map((row) => row.key));
  check(keys.size === rows.length, 'rows have unique keys', () => describe(rows));
  const texts = rows.filter((row) => row.kind === 'text').map((row) => row.content);
  check(new Set(texts).size === texts.length, 'every text appears exactly once', () => describe(rows));
  for (const row of rows) checkReactions(row);
  let last: number | undefined;
  let hasUnsent = false;
  for (const { seq } of rows) {
    hasUnsent ||= seq === undefined;
    if (seq === undefined) continue;
    const before = last;
    check(!hasUnsent && (before === undefined || seq > before), 'rows are sorted by seq', () => describe(rows));
    check(mayShow(seq), 'no row is outside of the windows', () => describe(rows));
    for (let missing = (before ?? seq) + 1; missing < seq; missing++) {
      check(!mayShow(missing) || isHidden(missing), 'rows have no gap', () => describe(rows));
    }
    last = seq;
  }
}

/** Each user has one reaction to a message, also while it is on its way. */
function checkReactions({ seq, reactions }: Row): void {
  const people = reactions.flatMap((reaction) => reaction.people);
  const counted = reactions.reduce((sum, { count }) => sum + count, 0);
  const isRight = new Set(people).size === people.length && counted === people.length;
  check(isRight, 'every reaction counts once', () => `${String(seq)}: ${JSON.stringify(reactions)}`);
  check(reactions.filter(({ own }) => own).length <= 1, 'every reaction counts once', () => `${String(seq)}: own`);
}

function describe(rows: readonly Row[]): string {
  return rows
    .map(({ seq, content, tick }) => `${String(seq ?? '–')} ${content.slice(0, 12)} ${tick ?? ''}`)
    .join(' | ');
}
