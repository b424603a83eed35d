import { isLargeEmoji } from './large-emoji';

/** The emoji of a text that is one emoji and nothing else, apart from spaces around it. */
export function oneEmoji(text: string): string | undefined {
  const trimmed = text.trim();
  const [first, ...more] = new Intl.Segmenter().segment(trimmed);
  return first !== undefined && more.length === 0 && isLargeEmoji(trimmed) ? trimmed : undefined;
}
