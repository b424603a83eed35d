import { languageInUse } from './language/language';

const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1_000 },
] as const;

/** "90 seconds", "3 minutes", "26 hours": at least the time, in one unit. */
export function waitText(milliseconds: number): string {
  const { unit, ms } = UNITS.find((candidate) => milliseconds >= 2 * candidate.ms) ?? UNITS[3];
  const format = new Intl.NumberFormat(languageInUse(), { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.max(1, Math.ceil(milliseconds / ms)));
}
