import { expect, test } from 'vitest';
import { frozen, lineAt, NO_LINE, removed } from './unread-line.js';

test('the line stays where the user had read to when the conversation opened', () => {
  const line = lineAt(lineAt(NO_LINE, { seq: 4, count: 4 }, 6), { seq: 6, count: 6 }, 9);
  expect(line).toEqual({ after: 4, afterCount: 4, count: 5, frozen: false });
});

test('a frozen line counts no later messages', () => {
  const line = frozen(lineAt(NO_LINE, { seq: 4, count: 4 }, 6));
  expect(lineAt(line, { seq: 4, count: 4 }, 9)).toBe(line);
});

test('a send removes the line for good', () => {
  const line = removed(lineAt(NO_LINE, { seq: 4, count: 4 }, 6));
  expect(lineAt(line, { seq: 4, count: 4 }, 9).count).toBe(0);
});
