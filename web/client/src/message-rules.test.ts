import { expect, test } from 'vitest';
import type { ChatSummary } from './api-chats.js';
import type { Row } from './api.js';
import { mayChange, type MessageChange } from './message-rules.js';

const MINUTE = 60_000;
const row = (change: Partial<Row> = {}) =>
  ({ seq: 1, kind: 'text', own: true, changing: false, timestamp: 0, ...change }) as Row;
const chat = (change: Partial<ChatSummary> = {}) =>
  ({ kind: 'direct', role: undefined, onlyAdminsWrite: false, ...change }) as ChatSummary;
const all: MessageChange[] = ['edit', 'delete', 'hide', 'reply', 'react'];
const allowed = (one: Row, where = chat(), now = 0) => all.filter((change) => mayChange(change, one, where, now));

test('an own message may be edited for 15 minutes, and deleted for 60 hours', () => {
  expect(allowed(row(), chat(), 15 * MINUTE - 1)).toEqual(all);
  expect(allowed(row(), chat(), 15 * MINUTE)).toEqual(['delete', 'hide', 'reply', 'react']);
  expect(allowed(row(), chat(), 60 * 60 * MINUTE)).toEqual(['hide', 'reply', 'react']);
});

test('a message of another user may be deleted by admins alone, at any time', () => {
  const other = row({ own: false });
  expect(allowed(other, chat({ role: 'member' }))).toEqual(['hide', 'reply', 'react']);
  expect(allowed(other, chat({ role: 'admin' }), 1_000 * 60 * MINUTE)).toEqual(['delete', 'hide', 'reply', 'react']);
});

test('a text of another user may be reported, also by a former member', () => {
  const reportable = (one: Row, where = chat()) => mayChange('report', one, where, 0);
  expect(reportable(row({ own: false }))).toBe(true);
  expect(reportable(row({ own: false }), chat({ role: 'former' }))).toBe(true);
  expect(reportable(row())).toBe(false);
  expect(reportable(row({ own: false, kind: 'deleted' }))).toBe(false);
  expect(reportable(row({ own: false, kind: 'notice' }))).toBe(false);
});

test('members who cannot write may remove messages', () => {
  expect(allowed(row(), chat({ role: 'member', onlyAdminsWrite: true }))).toEqual(['delete', 'hide', 'react']);
  expect(allowed(row(), chat({ role: 'former' }))).toEqual(['hide']);
});

test('a chat with a blocked user offers no reaction', () => {
  expect(mayChange('react', row(), chat({ blocked: true }), 0)).toBe(false);
});

test('a message that is gone, on its way, or being changed offers less', () => {
  expect(allowed(row({ kind: 'deleted' }))).toEqual(['hide']);
  expect(allowed(row({ changing: true }))).toEqual(['hide']);
  expect(allowed(row({ seq: undefined }))).toEqual([]);
  expect(allowed(row({ kind: 'notice' }))).toEqual([]);
});
