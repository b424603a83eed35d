const HOUR_MS = 3_600_000;

/** "Always": the server takes any time, so the year 9999 stands for it. */
const ALWAYS = Date.UTC(9999, 0, 1);

export const MUTE_CHOICES = ['hours', 'week', 'always'] as const;
export type MuteChoice = (typeof MUTE_CHOICES)[number];

/** Until when a choice mutes a chat, in epoch milliseconds. */
export function muteUntil(choice: MuteChoice, now: number): number {
  switch (choice) {
    case 'hours':
      return now + 8 * HOUR_MS;
    case 'week':
      return now + 7 * 24 * HOUR_MS;
    case 'always':
      return ALWAYS;
  }
}
