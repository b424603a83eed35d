import type { ConversationState, Row } from '@paloma/client';
import { itemsOf } from './items';

const noon = new Date(2026, 4, 10, 12).getTime();
const hour = 3_600_000;

function row(seq: number, changes: Partial<Row> = {}): Row {
  return {
    key: `k${seq}`,
    kind: 'text',
    seq,
    messageId: `m${seq}`,
    clientMessageId: `c${seq}`,
    senderId: 'ana',
    own: false,
    content: 'Hello',
    edited: false,
    changing: false,
    reactions: [],
    deletedBy: undefined,
    quote: undefined,
    notice: undefined,
    timestamp: noon,
    tick: undefined,
    problem: undefined,
    live: false,
    ...changes,
  };
}

function state(rows: Row[], changes: Partial<ConversationState> = {}): ConversationState {
  return {
    phase: 'ready',
    rows,
    hasOlder: false,
    hasNewer: false,
    loadingOlder: false,
    loadingNewer: false,
    unreadAfter: 0,
    unreadAtOpen: 0,
    members: [],
    problem: undefined,
    ...changes,
  };
}

const keys = (state: ConversationState, skew = 0): string[] =>
  itemsOf(state, skew).map(({ kind, key }) => (kind === 'message' ? key : kind));

describe('itemsOf', () => {
  it('each local day starts with a separator', () => {
    const rows = [row(1), row(2, { timestamp: noon + 11 * hour }), row(3, { timestamp: noon + 12 * hour })];
    expect(keys(state(rows))).toEqual(['day', 'k1', 'k2', 'day', 'k3']);
  });

  it('a clock that steps back starts no day again', () => {
    const rows = [row(1, { timestamp: noon + 12 * hour }), row(2, { timestamp: noon + 11 * hour })];
    expect(keys(state(rows))).toEqual(['day', 'k1', 'k2']);
  });

  it('the unread separator comes before the first unread message of another member', () => {
    const rows = [row(1), row(2, { own: true }), row(3), row(4)];
    const unread = { unreadAfter: 1, unreadAtOpen: 2 };
    expect(keys(state(rows, unread))).toEqual(['day', 'k1', 'k2', 'unread', 'k3', 'k4']);
    expect(keys(state(rows, { ...unread, unreadAtOpen: 0 }))).not.toContain('unread');
  });

  it('the unread separator does not stand at a change of the group, and such a line ends a run of messages', () => {
    const notice = { kind: 'notice', notice: { type: 'memberLeft' } } as const;
    const rows = [row(1), row(2, notice), row(3)];
    expect(keys(state(rows, { unreadAfter: 1, unreadAtOpen: 1 }))).toEqual(['day', 'k1', 'k2', 'unread', 'k3']);
    const messages = itemsOf(state(rows), 0).filter((item) => item.kind === 'message');
    expect(messages.map(({ startsGroup }) => startsGroup)).toEqual([true, false, true]);
  });

  it('older rows change no line that is shown already', () => {
    const old = [row(1), row(2), row(3, { timestamp: noon + 12 * hour })];
    const shown = [row(4, { timestamp: noon + 12 * hour }), row(5, { timestamp: noon + 13 * hour }), row(6)];
    const before = itemsOf(state(shown, { hasOlder: true }), 0);
    const after = itemsOf(state([...old, ...shown]), 0);
    expect(before.length).toBe(2);
    expect(after.slice(-before.length)).toEqual(before);
  });

  it('messages of one sender form a group, and those of one minute stand closer', () => {
    const rows = [
      row(1),
      row(2, { timestamp: noon + 59_999 }),
      row(3, { timestamp: noon + 60_000 }),
      row(4, { senderId: 'bo' }),
    ];
    const messages = itemsOf(state(rows), 0).filter((item) => item.kind === 'message');
    expect(messages.map(({ startsGroup }) => startsGroup)).toEqual([true, false, false, true]);
    expect(messages.map(({ startsMinute }) => startsMinute)).toEqual([true, false, true, true]);
  });

  it('a waiting row of a device with a wrong clock stands in the day of the server', () => {
    const waiting = row(2, { seq: undefined, timestamp: noon - 24 * hour });
    expect(keys(state([row(1), waiting]), 24 * hour)).toEqual(['day', 'k1', 'k2']);
  });
});
