interface Place {
  readonly chatId: string;
  readonly lastSeq: number;
  readonly readSeq: number;
  readonly changedAt: number;
}

/** The answer to a change of a user's setting for a chat. Lists show those alone that the test sets by `change`. */
export function settingOf(part: string | undefined, body: unknown, place: Place): object | undefined {
  const { chatId, lastSeq, readSeq, changedAt } = place;
  if (part === 'mute') return { chatId, mutedUntil: (body as { until: number | null }).until };
  if (part === 'pin') return { chatId, ...(body as { pinned: boolean }), changedAt };
  if (part === 'archive') return { chatId, ...(body as { archived: boolean }), lastCount: lastSeq, changedAt };
  if (part === 'unread') return { chatId, ...(body as { markedUnread: boolean }), readSeq, changedAt };
  if (part === 'accept' || part === 'decline') return { chatId, accepted: part === 'accept', changedAt };
  return undefined;
}
