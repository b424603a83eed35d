/**
 * Keys that sort in the order of sending. They continue the highest key that is stored, so neither a second tab nor a
 * changed clock can break the order. The id makes keys unique for tabs that cannot see each other's rows.
 */
export function orderAfter(orders: readonly string[], clientMessageId: string): string {
  const last = orders.reduce((highest, order) => Math.max(highest, Number.parseInt(order, 10)), 0);
  return `${String(last + 1).padStart(12, '0')} ${clientMessageId}`;
}
