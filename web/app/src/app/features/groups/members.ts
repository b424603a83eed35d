import type { ChatSummary } from '@paloma/client';

/** A member of a group, as the group's page shows it. */
export interface Member {
  readonly userId: string;
  readonly name: string;
  readonly isMe: boolean;
  readonly isAdmin: boolean;
}

/** The user first, then admins, then the others, each by name. */
export function membersOf(
  chat: Pick<ChatSummary, 'participants' | 'erased' | 'admins'> | undefined,
  me: string | undefined,
  nameOf: (userId: string) => string,
): readonly Member[] {
  if (chat === undefined) return [];
  const { participants, erased, admins } = chat;
  const rank = ({ isMe, isAdmin }: Member): number => (isMe ? 0 : isAdmin ? 1 : 2);
  return participants
    .filter((userId) => !erased.includes(userId))
    .map((userId) => ({ userId, name: nameOf(userId), isMe: userId === me, isAdmin: admins.includes(userId) }))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
