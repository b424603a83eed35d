import { expect, test } from 'vitest';
import { ME, message, own } from '../../test/sync/build.js';
import { joined, NO_TICKS, raised, raisedByFrame, raisedByMessages, raisedByPage, statusOf } from './ticks.js';

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

test('a frame covers no messages before its first one, and a later frame may', () => {
  const known = raised(NO_TICKS, 'read', 2);
  const after = raisedByFrame(known, { status: 'delivered', seq: 6, from: 6 });
  expect([1, 2, 3, 5, 6].map((seq) => statusOf(after, seq))).toEqual(['read', 'read', 'sent', 'sent', 'delivered']);
  const late = raisedByFrame(after, { status: 'read', seq: 3 });
  expect([3, 4, 5, 6].map((seq) => statusOf(late, seq))).toEqual(['read', 'sent', 'sent', 'delivered']);
  expect(joined(NO_TICKS, late)).toEqual({ delivered: 6, read: 3, unseen: [{ from: 4, to: 5 }] });
});

test('an own message of a page that is only sent was kept back, if a later one was delivered before', () => {
  const known = raised(NO_TICKS, 'read', 9);
  const page = [own(4, { status: 'read' }), own(5), message(6), own(7)];
  const after = raisedByPage(known, ME, page, known);
  expect([4, 5, 7, 9].map((seq) => statusOf(after, seq))).toEqual(['read', 'sent', 'sent', 'read']);
  expect(raisedByPage(known, ME, page, raised(NO_TICKS, 'read', 4))).toBe(known);
  const again = raisedByPage(after, ME, [own(5, { status: 'delivered' })], after);
  expect(again.unseen).toEqual([{ from: 7, to: 7 }]);
});
