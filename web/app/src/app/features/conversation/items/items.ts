import type { ConversationState, Row } from '@paloma/client';
import { addDays, startOfDay } from '../../../shared/time/days';

/** A line of the message list. No item changes its key or its place when older rows load before it. */
export type Item = DayItem | UnreadItem | MessageItem;

export interface DayItem {
  readonly kind: 'day';
  readonly key: string;
  /** The first moment of the local day. */
  readonly day: number;
}

export interface UnreadItem {
  readonly kind: 'unread';
  readonly key: 'unread';
  readonly count: number;
}

export interface MessageItem {
  readonly kind: 'message';
  readonly key: string;
  readonly row: Row;
  /** Epoch milliseconds by the server's clock, also of rows that wait. */
  readonly time: number;
  /** The first of a run of messages of one sender: it shows the sender in groups. */
  readonly startsGroup: boolean;
  /** The first of a run within one minute: a little space comes before it. */
  readonly startsMinute: boolean;
}

const MINUTE = 60_000;

/**
 * The lines for the rows of a conversation.
 *
 * The look of a row depends on the row before it. While older rows exist, the first row is therefore left out: it only
 * decides the look of the second one. So no line on the screen changes when older rows arrive.
 *
 * @param clockSkew Milliseconds that the server's clock is ahead of this device's.
 */
export function itemsOf(
  { rows, hasOlder, unreadAfter, unreadAtOpen }: ConversationState,
  clockSkew: number,
): readonly Item[] {
  const items: Item[] = [];
  const unread = unreadAtOpen > 0 ? firstUnread(rows, unreadAfter, hasOlder) : undefined;
  const days = new Days();
  let before: MessageItem | undefined;
  for (const [index, row] of rows.entries()) {
    const time = row.seq === undefined ? row.timestamp + clockSkew : row.timestamp;
    const day = days.next(time);
    const startsSection = day !== undefined || row === unread;
    const follows = before?.row.senderId === row.senderId && before.row.kind !== 'notice';
    const startsGroup = startsSection || !follows;
    const startsMinute = startsGroup || minuteOf(before?.time) !== minuteOf(time);
    const item: MessageItem = { kind: 'message', key: row.key, row, time, startsGroup, startsMinute };
    before = item;
    if (hasOlder && index === 0) continue;
    if (day !== undefined) items.push({ kind: 'day', key: `day:${day}`, day });
    if (row === unread) items.push({ kind: 'unread', key: 'unread', count: unreadAtOpen });
    items.push(item);
  }
  return items;
}

/** The first unread row, if the row before it is loaded too, or is the beginning of the chat. */
function firstUnread(rows: readonly Row[], unreadAfter: number, hasOlder: boolean): Row | undefined {
  const index = rows.findIndex(({ seq, own, kind }) => {
    return seq !== undefined && seq > unreadAfter && !own && kind !== 'notice';
  });
  return index === 0 && hasOlder ? undefined : rows[index];
}

function minuteOf(time = 0): number {
  return Math.floor(time / MINUTE);
}

/** Finds the rows that start a day. Clocks of servers differ a little: a day never starts twice. */
class Days {
  #end = -Infinity;

  next(time: number): number | undefined {
    if (time < this.#end) return undefined;
    this.#end = addDays(time, 1);
    return startOfDay(time);
  }
}
