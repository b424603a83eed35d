import fc from 'fast-check';
import { expect, test } from 'vitest';
import { message } from '../../test/sync/build.js';
import { hiddenOf, newerOf } from './message-states.js';

const edited = (version: number) => message(1, { content: `edit ${String(version)}`, version, editedAt: version });
const deleted = (version: number) => message(1, { content: null, version, deletedAt: version });
const erased = message(1, { content: null, erasedAt: 1 });

test('the higher version is newer, in any order', () => {
  expect(newerOf(edited(2), edited(1)).content).toBe('edit 2');
  expect(newerOf(edited(1), edited(2)).content).toBe('edit 2');
  expect(newerOf(undefined, edited(1)).content).toBe('edit 1');
});

test('an edit never restores what is deleted, erased or hidden, whatever its version', () => {
  for (const gone of [deleted(2), erased, hiddenOf(message(1))]) {
    expect(newerOf(gone, edited(9))).toBe(gone);
    expect(newerOf(edited(9), gone)).toBe(gone);
  }
});

test('a hidden message stays hidden when it is deleted for all', () => {
  expect(newerOf(hiddenOf(message(1)), deleted(3)).hidden).toBe(true);
});

test('a frame without the quote keeps the quote of the page', () => {
  const quote = { messageId: 'm', seq: 9, senderId: 'other', preview: 'quoted' };
  const frame = message(1, { replyTo: { messageId: 'm' }, content: 'edited', version: 1 });
  expect(newerOf(message(1, { replyTo: quote }), frame)).toMatchObject({ content: 'edited', replyTo: quote });
  expect(newerOf(frame, message(1, { replyTo: quote, version: 1 })).replyTo).toEqual(quote);
});

test('all states in any order end in the same one', () => {
  const states = [message(1), edited(1), edited(2), deleted(3)];
  const orders = fc.shuffledSubarray(states, { minLength: states.length });
  fc.assert(
    fc.property(orders, (order) => {
      expect(order.reduce(newerOf).deletedAt).toBe(3);
    }),
  );
});
