/** Histories that look like a long chat. */
import type { History } from './control.ts';
import type { Person } from './fixtures.ts';

const MINUTE = 60_000;

/** Short and tall messages in turn, one every ten minutes until now. */
export function longHistory(senders: readonly Person[], count: number): History {
  const interval = 10 * MINUTE;
  return {
    senders: senders.map(({ user }) => user.userId),
    contents: [
      'Short message {seq}',
      'Message {seq} has a second sentence, which is long enough to need more than one line on every screen. '.repeat(
        3,
      ),
      'Message {seq}\nhas\nmany\nlines,\nas\na\nshopping\nlist\ndoes',
      'Fine, {seq}',
      'Tall message {seq}. '.repeat(90),
    ],
    count,
    firstAt: Date.now() - count * interval - MINUTE,
    interval,
  };
}
