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

/** A conversation for screenshots, of today and yesterday. */
export function conversationOfFriends(senders: readonly [Person, Person]): History {
  const contents = [
    'Are we still on for Saturday?',
    'Yes! I looked at the timetable: https://example.com/trains',
    'The one at 9:14 is direct. The later one means a change, and twenty minutes on a cold platform.',
    'Then 9:14 it is.',
    'I bring coffee ☕',
    'And I bring the map, the good one with the huts.',
    '👍',
    'What about the weather?',
    'Sunny in the morning. Some clouds after two, but dry.',
  ];
  const interval = 100 * MINUTE;
  const count = contents.length;
  return {
    senders: senders.map(({ user }) => user.userId),
    contents,
    count,
    firstAt: Date.now() - count * interval,
    interval,
  };
}
