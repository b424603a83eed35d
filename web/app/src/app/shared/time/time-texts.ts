import { Injectable, inject } from '@angular/core';
import { languageInUse } from '../../core/language/language';
import { DayName, nameOfDay, startOfDay } from './days';
import { WallClock } from './wall-clock';

const TIME: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' };
const DAYS = {
  weekday: { weekday: 'long' },
  date: { weekday: 'long', day: 'numeric', month: 'long' },
  dateWithYear: { day: 'numeric', month: 'long', year: 'numeric' },
  short: { dateStyle: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** Times and days in the viewer's language and time zone. The texts change at midnight if a template reads them. */
@Injectable({ providedIn: 'root' })
export class TimeTexts {
  readonly #clock = inject(WallClock);
  readonly #locale = regional(languageInUse(), navigator.languages);
  readonly #formats = new Map<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>();
  readonly #relative = new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto' });

  /** "14:05" */
  time(time: number): string {
    return this.#format(TIME, time);
  }

  /** "Today", "Yesterday", "Monday", "Monday, 4 May", "4 May 2025" */
  day(time: number): string {
    const text = this.#day(time);
    return text.charAt(0).toLocaleUpperCase(this.#locale) + text.slice(1);
  }

  /** As short as a list needs: the time of today's, "Yesterday", "Monday", "04/05/2026". */
  short(time: number): string {
    const name = this.#name(time);
    if (name === 'today') return this.time(time);
    return name === 'date' || name === 'dateWithYear' ? this.#format(DAYS.short, time) : this.day(time);
  }

  /** "Today, 14:05" */
  full(time: number): string {
    return `${this.day(time)}, ${this.time(time)}`;
  }

  /** "last seen at 14:05", "last seen yesterday, 14:05" */
  lastSeen(time: number): string {
    const clock = this.time(time);
    if (this.#name(time) === 'today') return $localize`:@@presence.lastSeenToday:last seen at ${clock}:time:`;
    return $localize`:@@presence.lastSeen:last seen ${this.#day(time)}:day:, ${clock}:time:`;
  }

  #name(time: number): DayName {
    return nameOfDay(startOfDay(time), this.#clock.today());
  }

  #day(time: number): string {
    const name = this.#name(time);
    if (name === 'today' || name === 'yesterday') return this.#relative.format(name === 'today' ? 0 : -1, 'day');
    return this.#format(DAYS[name], time);
  }

  #format(options: Intl.DateTimeFormatOptions, time: number): string {
    let format = this.#formats.get(options);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(this.#locale, options);
      this.#formats.set(options, format);
    }
    return format.format(time);
  }
}

/** The viewer's region of the app's language: it decides between 14:05 and 2:05 PM. */
function regional(language: string, preferred: readonly string[]): string {
  const prefix = language.split('-', 1)[0] ?? language;
  return preferred.find((tag) => tag === prefix || tag.startsWith(`${prefix}-`)) ?? language;
}
