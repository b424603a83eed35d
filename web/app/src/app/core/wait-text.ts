import { languageInUse } from './language/language';

const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1_000 },
] as const;

type Unit = (typeof UNITS)[number];

const SECOND = UNITS[3];

/** From this count on, one unit is precise enough: the error is below a tenth. */
const ONE_UNIT_FROM = 10;

/** A time to wait: at least the time, and at most a tenth more. "2 hours, 6 minutes", "12 minutes", "1 second" */
export function waitText(milliseconds: number): string {
  return text(milliseconds, Math.ceil);
}

/** About the time, as precise as `waitText`. */
export function durationText(milliseconds: number): string {
  return text(milliseconds, Math.round);
}

function text(milliseconds: number, round: (count: number) => number): string {
  const finest = finestUnit(milliseconds);
  const rounded = Math.max(1, round(milliseconds / finest.ms)) * finest.ms;
  // "60 minutes" have become "1 hour".
  const index = UNITS.findIndex(({ ms }) => rounded >= ms);
  const parts: string[] = [];
  let rest = rounded;
  for (const { unit, ms } of UNITS.slice(index, index + 2)) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) parts.push(new Intl.NumberFormat(languageInUse(), unitStyle(unit)).format(count));
  }
  return new Intl.ListFormat(languageInUse(), { type: 'unit' }).format(parts);
}

/** The unit to round to. */
function finestUnit(milliseconds: number): Unit {
  const largest = UNITS.find(({ ms }) => milliseconds >= ms) ?? SECOND;
  const next = UNITS[UNITS.indexOf(largest) + 1];
  return next === undefined || milliseconds >= ONE_UNIT_FROM * largest.ms ? largest : next;
}

function unitStyle(unit: Unit['unit']): Intl.NumberFormatOptions {
  return { style: 'unit', unit, unitDisplay: 'long' };
}
