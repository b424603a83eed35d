import fc from 'fast-check';
import { expect, test } from 'vitest';
import { added, contains, removed, type Ranges } from './ranges.js';

const LIMIT = 30;
const step = fc.record({ adds: fc.boolean(), from: fc.integer({ min: 1, max: LIMIT }), size: fc.nat({ max: 6 }) });

test('ranges hold exactly the seqs that were added last, in order, without touching each other', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let ranges: Ranges = [];
      const expected = new Set<number>();
      for (const { adds, from, size } of steps) {
        const range = { from, to: from + size };
        ranges = adds ? added(ranges, range) : removed(ranges, range);
        for (let seq = from; seq <= range.to; seq++)
          if (adds) expected.add(seq);
          else expected.delete(seq);
      }
      for (let seq = 0; seq <= LIMIT + 8; seq++) expect(contains(ranges, seq)).toBe(expected.has(seq));
      ranges.forEach(({ from }, at) => expect(from).toBeGreaterThan((ranges[at - 1]?.to ?? -1) + 1));
    }),
  );
});

test('a change of nothing is the same object', () => {
  const ranges = [{ from: 3, to: 5 }];
  expect(added(ranges, { from: 4, to: 5 })).toBe(ranges);
  expect(added(ranges, { from: 2, to: 1 })).toBe(ranges);
  expect(removed(ranges, { from: 6, to: 9 })).toBe(ranges);
});
