import { describe, expect, test } from 'vitest';
import { chat, entry, lastMessage, ME, OTHER, own } from '../../test/sync/build.js';
import { byPlace, otherOf, SummaryMaker, type SummarySource } from './summaries.js';

const source = (change: Partial<SummarySource> = {}): SummarySource => ({
  chat: chat(3),
  me: ME,
  ticks: undefined,
  entry: undefined,
  other: { userId: OTHER, name: 'Other' },
  presence: undefined,
  typing: undefined,
  muted: false,
  skew: 0,
  ...change,
});
const summaryOf = (change: Partial<SummarySource>) => new SummaryMaker().make(source(change));

describe('a row of the chat list', () => {
  test('shows the other member of a direct chat, and the name of a group', () => {
    expect(summaryOf({}).name).toBe('Other');
    expect(summaryOf({ chat: chat(0, { type: 'group', name: 'Trip' }) }).name).toBe('Trip');
    expect(summaryOf({ other: undefined }).name).toBeUndefined();
  });

  test('shows the ticks of an own last message, and none of others', () => {
    const last = chat(3, { lastMessage: lastMessage(own(3)) });
    expect(summaryOf({ chat: last }).last?.tick).toBe('sent');
    expect(summaryOf({ chat: last, ticks: { delivered: 3, read: 2 } }).last?.tick).toBe('delivered');
    expect(summaryOf({}).last?.tick).toBeUndefined();
  });

  test('shows an unsent message as the last one, and moves up with it', () => {
    const pending = summaryOf({ entry: entry('a', { createdAt: 50 }) });
    expect(pending.last).toMatchObject({ content: 'pending', own: true, tick: 'queued', seq: undefined });
    expect(pending.time).toBe(50);
  });

  test('an unsent message of a device with a slow clock does not move the chat down', () => {
    expect(summaryOf({ entry: entry('a', { createdAt: 1 }) }).time).toBe(3);
    expect(summaryOf({ entry: entry('a', { createdAt: 1 }), skew: 40 }).time).toBe(41);
  });

  test('a failed message does not hide newer ones', () => {
    const failed = entry('a', { state: 'failed', createdAt: 1 });
    expect(summaryOf({ entry: failed }).last?.content).toBe('text 3');
    expect(summaryOf({ entry: { ...failed, createdAt: 50 } }).last?.tick).toBe('failed');
  });

  test('an erased last message has no content', () => {
    const last = { ...lastMessage(own(3)), content: null };
    expect(summaryOf({ chat: chat(3, { lastMessage: last }) }).last).toMatchObject({ content: null, erased: true });
  });

  test('a mute that has ended is not shown', () => {
    const muted = chat(3, { mutedUntil: 99 });
    expect([summaryOf({ chat: muted, muted: true }), summaryOf({ chat: muted })].map((row) => row.mutedUntil)).toEqual([
      99,
      undefined,
    ]);
  });

  test('stays the same object while its chat does not change', () => {
    const maker = new SummaryMaker();
    const one = source();
    expect(maker.make({ ...one })).toBe(maker.make(one));
    expect(maker.make({ ...one, muted: true })).not.toBe(maker.make(one));
  });

  test('an erased member is not the other member', () => {
    expect([otherOf(chat(1), ME), otherOf(chat(1, { erased: [OTHER] }), ME)]).toEqual([OTHER, undefined]);
  });
});

test('the newest chat comes first, and equal times keep their order', () => {
  const rows = [1, 3, 3, 2].map((time, at) => ({ ...summaryOf({}), time, chatId: String(at) }));
  const ids = (list: typeof rows) => [...list].sort(byPlace).map(({ chatId }) => chatId);
  expect(ids(rows)).toEqual(['1', '2', '3', '0']);
  expect(ids(rows.toReversed())).toEqual(['1', '2', '3', '0']);
});
