import type { ChatSummary } from '@paloma/client';

/** "typing…", in groups with names. `undefined` if no member is typing. */
export function typingText({ kind, typing }: ChatSummary, nameOf: (userId: string) => string): string | undefined {
  const [first, second] = typing;
  if (first === undefined) return undefined;
  if (kind === 'direct') return $localize`:@@chat.typing:typing…`;
  if (second === undefined) return $localize`:@@chat.typingOne:${nameOf(first)}:name: is typing…`;
  if (typing.length > 2) return $localize`:@@chat.typingMany:${typing.length}:count: members are typing…`;
  return $localize`:@@chat.typingTwo:${nameOf(first)}:first: and ${nameOf(second)}:second: are typing…`;
}
