import { expect, test } from 'vitest';
import { ME, message, own } from '../../test/sync/build.js';
import { joined, NO_TICKS, raised, raisedByMessages, statusOf } from './ticks.js';

test('a late status does not lower the ticks', () => {
  const ticks = raised(NO_TICKS, 'read', 5);
  expect(raised(ticks, 'delivered', 4)).toBe(ticks);
  expect(raised(ticks, 'read', 3)).toBe(ticks);
  expect(raised(ticks, 'sent', 9)).toBe(ticks);
});

test('a message that is read is delivered', () => {
  expect(raised(NO_TICKS, 'read', 5)).toEqual({ delivered: 5, read: 5 });
  expect([5, 6].map((seq) => statusOf(raised(NO_TICKS, 'read', 5), seq))).toEqual(['read', 'sent']);
});

test('the status of messages of others says nothing about the own ones', () => {
  const page = [own(1, { status: 'delivered' }), message(2, { status: 'read' })];
  expect(raisedByMessages(NO_TICKS, ME, page)).toEqual({ delivered: 1, read: 0 });
});

test('joined ticks are the higher of both', () => {
  expect(joined({ delivered: 5, read: 1 }, { delivered: 4, read: 2 })).toEqual({ delivered: 5, read: 2 });
});
