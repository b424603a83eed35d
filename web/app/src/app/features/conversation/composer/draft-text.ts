/** A draft of several texts: those on their way to the outbox, then the text in the field. */
export function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n');
}

/** The draft after its first text has become a message. Text typed since then stays. */
export function withoutFirst(draft: string, first: string): string {
  if (draft === first) return '';
  return draft.startsWith(`${first}\n`) ? draft.slice(first.length + 1) : draft;
}

/**
 * The text of a field that shows `shown`, and in which the user types `text`. If the draft has got a part before the
 * shown text meanwhile (a draft that was loaded late, or a message that was not sent), it stands before the new text.
 */
export function withEarlier(draft: string, shown: string, text: string): string {
  if (shown === '') return joined([draft, text]);
  return draft.endsWith(`\n${shown}`) ? draft.slice(0, -shown.length) + text : text;
}
