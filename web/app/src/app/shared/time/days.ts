const DAYS_WITH_WEEKDAY = 7;

/** The first moment of the local day of a time. Days may have 23 or 25 hours. */
export function startOfDay(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** The first moment of a day that is `days` after the day of a time. */
export function addDays(time: number, days: number): number {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

export type DayName = 'today' | 'yesterday' | 'weekday' | 'date' | 'dateWithYear';

/** How to name a day. Both are the first moments of local days. */
export function nameOfDay(day: number, today: number): DayName {
  if (day === today) return 'today';
  if (day === addDays(today, -1)) return 'yesterday';
  if (day < today && day > addDays(today, -DAYS_WITH_WEEKDAY)) return 'weekday';
  return new Date(day).getFullYear() === new Date(today).getFullYear() ? 'date' : 'dateWithYear';
}
