import { expect, test } from 'vitest';
import type { OutboxRow } from '../parts.js';
import { orderAfter } from './order.js';
import { OutboxState } from './state.js';

const row = (revision: number, content: string): OutboxRow => {
  const ids = { clientMessageId: 'm', chatId: 'c', order: orderAfter([], 'm') };
  return { ...ids, content, createdAt: 1, state: 'queued', revision, tried: false };
};
const shown = (state: OutboxState) => state.entries.value.map(({ content }) => content);

test('a_new_row_sorts_behind_all_others_whatever_their_order', () => {
  const orders = [orderAfter([], 'a')];
  for (let added = 0; added < 12; added++) orders.unshift(orderAfter(orders, `id ${String(added)}`));
  expect([...orders].sort().reverse()).toEqual(orders);
});

test('a_change_that_arrives_late_or_twice_does_not_replace_a_newer_one', () => {
  const state = new OutboxState();
  state.apply({ rows: [row(2, 'new')] });
  const { value } = state.entries;
  state.apply({ rows: [row(1, 'old'), row(2, 'again')] });
  expect(state.entries.value).toBe(value);
  state.apply({ rows: [row(3, 'newer')] });
  expect(shown(state)).toEqual(['newer']);
});

test('a_row_that_is_gone_never_returns', () => {
  const state = new OutboxState();
  state.apply({ gone: ['m'] });
  state.apply({ rows: [row(9, 'late')] });
  expect(shown(state)).toEqual([]);
});
