/** Hues with the same contrast to the initials. */
const HUES = [350, 20, 45, 95, 150, 185, 215, 250, 285, 320];

/** Up to two initials: "AG" for "Ana García López". Empty without a letter. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const first = words.slice(0, 1);
  const last = words.slice(1).slice(-1);
  return [...first, ...last].map((word) => [...word][0]?.toLocaleUpperCase() ?? '').join('');
}

/** The colour of a user or chat. It stays the same, whatever the name. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 0x7fffffff;
  return HUES[hash % HUES.length] ?? 0;
}
