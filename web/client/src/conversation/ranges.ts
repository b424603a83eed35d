/** Sets of seqs, as ranges in their order that do not touch each other. Pure functions. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

export type Ranges = readonly Range[];

export function contains(ranges: Ranges, seq: number): boolean {
  return ranges.some(({ from, to }) => from <= seq && seq <= to);
}

export function added(ranges: Ranges, { from, to }: Range): Ranges {
  if (from > to || ranges.some((range) => range.from <= from && to <= range.to)) return ranges;
  const touches = (range: Range) => range.from <= to + 1 && from <= range.to + 1;
  const met = ranges.filter(touches);
  const union = { from: Math.min(from, ...met.map((one) => one.from)), to: Math.max(to, ...met.map((one) => one.to)) };
  return [...ranges.filter((range) => !touches(range)), union].sort((a, b) => a.from - b.from);
}

export function removed(ranges: Ranges, { from, to }: Range): Ranges {
  if (!ranges.some((range) => range.from <= to && from <= range.to)) return ranges;
  const parts = ranges.flatMap((range) => [
    { from: range.from, to: Math.min(range.to, from - 1) },
    { from: Math.max(range.from, to + 1), to: range.to },
  ]);
  const rest = parts.filter((part) => part.from <= part.to);
  // A range on one side of the gap is both parts.
  return rest.filter((part, at) => part.from !== rest[at - 1]?.from || part.to !== rest[at - 1]?.to);
}
