import type { ChatSummary } from '@paloma/client';

/** The name to show for a chat: also for a group without name, and for an erased member. */
export function chatName({ name, kind }: Pick<ChatSummary, 'name' | 'kind'>): string {
  if (name !== undefined) return name;
  return kind === 'group' ? $localize`:@@chat.group:Group` : deletedUser();
}

export function deletedUser(): string {
  return $localize`:@@chat.deletedUser:Deleted user`;
}
