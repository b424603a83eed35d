import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientFrame } from '../contracts.js';
import { flushed, isOpen, withConfirmed, withoutSent, withWanted, type Marks } from './marks.js';

const NONE: Marks = new Map();
const frameOf = (marks: Marks) => flushed(marks, 'chat').frame;
const frame = (status: 'delivered' | 'read', seq: number): ClientFrame => ({
  action: 'updateStatus',
  status,
  chatId: 'chat',
  seq,
});

test('several marks are one frame', () => {
  const marks = [1, 2, 3].reduce((all, seq) => withWanted(all, 'chat', { delivered: seq }), NONE);
  expect(frameOf(marks)).toEqual(frame('delivered', 3));
});

test('read makes delivered up to the same seq needless', () => {
  const { marks, frame: sent } = flushed(
    withWanted(withWanted(NONE, 'chat', { delivered: 3 }), 'chat', { read: 3 }),
    'chat',
  );
  expect(sent).toEqual(frame('read', 3));
  expect(frameOf(marks)).toBeUndefined();
});

test('delivered beyond read follows it', () => {
  const first = flushed(withWanted(withWanted(NONE, 'chat', { delivered: 5 }), 'chat', { read: 3 }), 'chat');
  expect(first.frame).toEqual(frame('read', 3));
  expect(frameOf(first.marks)).toEqual(frame('delivered', 5));
});

test('a mark that the server knows is not sent', () => {
  const confirmed = withConfirmed(NONE, 'chat', { delivered: 5, read: 5 });
  expect(withWanted(confirmed, 'chat', { delivered: 4, read: 4 })).toBe(confirmed);
});

test('after a new socket, a mark that the server does not show is sent again, and no other', () => {
  const { marks } = flushed(withWanted(NONE, 'chat', { read: 3 }), 'chat');
  expect(isOpen(marks, 'chat')).toBe(true);
  expect(frameOf(withoutSent(marks))).toEqual(frame('read', 3));
  expect(frameOf(withoutSent(withConfirmed(marks, 'chat', { delivered: 3, read: 3 })))).toBeUndefined();
});

test('the frames only move forward, and end with the highest marks', () => {
  const mark = fc.record({ delivered: fc.nat(30), read: fc.nat(30) });
  const step = fc.record({ kind: fc.constantFrom('want', 'want', 'confirm', 'flush', 'reopen'), mark });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let marks = NONE;
      const server = { delivered: 0, read: 0 };
      const wanted = { delivered: 0, read: 0 };
      const flush = () => {
        const next = flushed(marks, 'chat');
        marks = next.marks;
        if (next.frame?.action !== 'updateStatus') return false;
        const seq = next.frame.seq ?? 0;
        expect(seq).toBeGreaterThan(server[next.frame.status]);
        server.delivered = Math.max(server.delivered, seq);
        if (next.frame.status === 'read') server.read = seq;
        return true;
      };
      for (const { kind, mark: change } of steps) {
        if (kind === 'want') {
          marks = withWanted(marks, 'chat', change);
          wanted.read = Math.max(wanted.read, change.read);
          wanted.delivered = Math.max(wanted.delivered, change.delivered, change.read);
        }
        if (kind === 'flush') flush();
        if (kind === 'confirm') marks = withConfirmed(marks, 'chat', server);
        if (kind === 'reopen') marks = withoutSent(withConfirmed(marks, 'chat', server));
      }
      while (flush());
      expect(server).toEqual(wanted);
    }),
  );
});
