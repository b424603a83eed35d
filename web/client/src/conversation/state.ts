/** The state that a conversation shows. Pure functions. */
import type { ConversationState, Row } from '../api.js';
import type { Chat, Profile } from '../contracts.js';
import type { Loading } from './history.js';
import { hasNewer, hasOlder, type Timeline } from './timeline.js';
import type { UnreadLine } from './unread-line.js';

interface StateSource {
  readonly timeline: Timeline;
  readonly rows: readonly Row[];
  readonly loading: Loading;
  readonly line: UnreadLine;
  readonly members: readonly Profile[];
  readonly isMissing: boolean;
}

export function stateOf({ timeline, rows, loading, line, members, isMissing }: StateSource): ConversationState {
  const phase = isMissing ? 'missing' : timeline.base === undefined ? 'loading' : 'ready';
  return {
    phase,
    rows,
    hasOlder: hasOlder(timeline),
    hasNewer: hasNewer(timeline),
    loadingOlder: loading.older,
    loadingNewer: loading.newer,
    unreadAfter: line.after ?? 0,
    unreadAtOpen: line.count,
    members,
    problem: loading.problem,
  };
}

/** The known profiles of a chat's members. The same list if nothing changed. */
export function membersOf(
  chat: Chat | undefined,
  people: ReadonlyMap<string, Profile>,
  known: readonly Profile[],
): readonly Profile[] {
  const ids = chat?.participants.filter((id) => !chat.erased?.includes(id)) ?? [];
  const members = ids.flatMap((id) => people.get(id) ?? []);
  return members.length === known.length && members.every((member, at) => member === known[at]) ? known : members;
}

/** Members who joined in between: their profiles may be unknown. */
export function newMembers(before: Chat, after: Chat): readonly string[] {
  if (before.participants === after.participants) return [];
  const known = new Set(before.participants);
  return after.participants.filter((id) => !known.has(id));
}

export function isSame(a: ConversationState, b: ConversationState): boolean {
  const keys = Object.keys(b) as (keyof ConversationState)[];
  return keys.every((key) => Object.is(a[key], b[key]));
}
