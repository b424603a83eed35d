import type { Reaction } from '@paloma/client';
import { languageInUse } from '../../../core/language/language';

/** Names in a label at most. */
const NAMES = 8;

/** The members who reacted with an emoji, as one phrase: "You, Bruno, and 3 more". */
export function peopleText({ count, people }: Reaction, nameOf: (userId: string) => string): string {
  const names = people.slice(0, NAMES).map(nameOf);
  const more = count - names.length;
  if (more > 0) names.push($localize`:@@reactions.more:${more}:count: more`);
  return new Intl.ListFormat(languageInUse(), { type: 'conjunction' }).format(names);
}
