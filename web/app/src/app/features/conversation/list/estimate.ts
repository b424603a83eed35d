import type { Item } from '../items/items';

const CHARACTERS_PER_LINE = 48;
const LINE_PX = 21;
const BUBBLE_PX = 18;
const SEPARATOR_PX = 44;
const REACTIONS_PX = 30;

/** A guess at a row's height in pixels, until it is measured. */
export function estimateHeight(item: Item | undefined): number {
  if (item?.kind !== 'message' || item.row.kind === 'notice') return SEPARATOR_PX;
  const lines = item.row.content
    .split('\n')
    .reduce((sum, line) => sum + 1 + Math.floor(line.length / CHARACTERS_PER_LINE), 0);
  const reactions = item.row.reactions.length > 0 ? REACTIONS_PX : 0;
  return BUBBLE_PX + lines * LINE_PX + reactions + (item.startsGroup ? 10 : 2);
}
