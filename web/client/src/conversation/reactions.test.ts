import { describe, expect, test } from 'vitest';
import type { Reactions } from '../contracts.js';
import { ME, message } from '../../test/sync/build.js';
import { summaryOf, type ReactionRows } from '../../test/reactions.js';
import { mineIn, ofFrame, shownReactions, tellsMine, withOwnReaction } from './reactions.js';

const people = (count: number, emoji: string): ReactionRows =>
  new Map(Array.from({ length: count }, (_, at) => [`person ${String(at)}`, emoji]));
const reacted = (rows: ReactionRows, more: Partial<Reactions> = {}) => {
  const reactions = summaryOf(rows);
  return message(1, reactions ? { version: 2, reactions: { ...reactions, ...more } } : { version: 2 });
};
const shown = (...args: Parameters<typeof shownReactions>) =>
  shownReactions(...args).map(({ emoji, count, own }) => `${emoji}${String(count)}${own ? ' own' : ''}`);

describe('the own reaction', () => {
  test('is the one that the summary names, and none if it names all others', () => {
    expect(mineIn(reacted(new Map([[ME, '👍']])), ME)).toBe('👍');
    expect(mineIn(reacted(people(2, '👍'), { mine: '👍' }), ME)).toBeNull();
    expect(mineIn(message(1), ME)).toBeNull();
  });

  test('stays as it was when a frame does not name all people', () => {
    const known = reacted(people(9, '👍'), { mine: '👍' });
    const frame = reacted(people(10, '👍'));
    expect([tellsMine(known, ME), tellsMine(frame, ME)]).toEqual([false, false]);
    expect(mineIn(ofFrame(frame, known, ME), ME)).toBe('👍');
    expect(mineIn(ofFrame(frame, undefined, ME), ME)).toBeNull();
    expect(mineIn(ofFrame(reacted(people(3, '👍')), known, ME), ME)).toBeNull();
  });

  test('from an answer shows with the first summary that does not tell', () => {
    const before = withOwnReaction(message(1), { emoji: '🎉' });
    expect(shown(before, ME)).toEqual([]);
    const frame = ofFrame(reacted(people(9, '🎉')), before, ME);
    expect(shown(frame, ME)).toEqual(['🎉9 own']);
    expect(shown(withOwnReaction(frame, { emoji: null }), ME)).toEqual(['🎉9']);
  });

  test('never comes to a message without content', () => {
    const deleted = message(1, { content: null, deletedAt: 1 });
    expect(withOwnReaction(deleted, { emoji: '👍' })).toBe(deleted);
  });
});

describe('a pending reaction', () => {
  const pending = (emoji: string | null, before: string | null = null, version = 2) => ({ emoji, before, version });
  const others = new Map([
    ['ana', '👍'],
    ['bruno', '🎉'],
  ]);

  test('counts once more, or makes a kind of its own', () => {
    expect(shown(reacted(others), ME, pending('👍'))).toEqual(['👍2 own', '🎉1']);
    expect(shown(reacted(others), ME, pending('😂'))).toEqual(['👍1', '🎉1', '😂1 own']);
    expect(shown(message(1), ME, pending('👍', null, 0))).toEqual(['👍1 own']);
  });

  test('moves from one kind to another, and goes', () => {
    const message = reacted(new Map([...others, [ME, '👍']]));
    expect(shown(message, ME, pending('🎉', '👍'))).toEqual(['👍1', '🎉2 own']);
    expect(shown(message, ME, pending(null, '👍'))).toEqual(['👍1', '🎉1']);
    expect(shown(reacted(new Map([[ME, '👍']])), ME, pending(null, '👍'))).toEqual([]);
  });

  test('counts once in the summary that has it, and in one that may have it', () => {
    expect(shown(reacted(new Map([[ME, '👍']])), ME, pending('👍', null, 1))).toEqual(['👍1 own']);
    expect(shown(reacted(people(9, '👍')), ME, pending('👍', null, 1))).toEqual(['👍9 own']);
  });

  test('counts on top of a newer summary that does not have it', () => {
    expect(shown(reacted(others), ME, pending('👍', null, 1))).toEqual(['👍2 own', '🎉1']);
  });
});

test('the people of a reaction begin with the user', () => {
  const [all] = shownReactions(reacted(new Map([...people(2, '👍'), [ME, '👍']])), ME);
  expect(all?.people).toEqual([ME, 'person 0', 'person 1']);
  const [many] = shownReactions(reacted(people(9, '👍'), { mine: '👍' }), ME);
  expect(many?.people).toEqual([ME, ...[0, 1, 2, 3, 4].map((at) => `person ${String(at)}`)]);
});
