/** A draft of several texts: those on their way to the outbox, then the text in the field. */
export function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n');
}

/** The draft after its first text has become a message. Text typed since then stays. */
export function withoutFirst(draft: string, first: string): string {
  if (draft === first) return '';
  return draft.startsWith(`${first}\n`) ? draft.slice(first.length + 1) : draft;
}
