/**
 * Reactions to a message. The server computes their summary after a call has been answered, and names the first people
 * of each emoji alone. Pure functions.
 */
import type { Reaction } from '../api.js';
import type { Message, OwnReaction, ReactionKind, Reactions } from '../contracts.js';

/** A reaction of the user that the server may not have counted yet. */
export interface PendingReaction {
  /** `null` removes the reaction. */
  readonly emoji: string | null;
  /** The user's reaction that the summary of version `version` counts. */
  readonly before: string | null;
  /** The version of the message before the call. */
  readonly version: number;
}

/** The user's reaction to a message: that of the summary if it shows it, or else the one that is known so far. */
export function mineIn(message: Message, me: string): string | null {
  const { reactions } = message;
  if (!reactions) return null;
  return (tellsMine(message, me) ? namedIn(reactions, me) : reactions.mine) ?? null;
}

/** Whether the summary shows if the user has a reaction, and which. */
export function tellsMine({ reactions }: Message, me: string): boolean {
  if (!reactions) return true;
  const named = reactions.kinds.reduce((sum, { userIds }) => sum + userIds.length, 0);
  return named === reactions.count || namedIn(reactions, me) !== undefined;
}

/**
 * A message of a frame, which is the same for all members: with the user's own reaction if its summary shows it, or
 * else as it was in the copy that is known. Pages have it already.
 */
export function ofFrame(message: Message, known: Message | undefined, me: string): Message {
  const { reactions } = message;
  if (!reactions) return message;
  return withMine(message, tellsMine(message, me) ? namedIn(reactions, me) : known?.reactions?.mine);
}

/**
 * Takes the user's own reaction from an answer or a frame. It shows as soon as a summary comes that does not say
 * whether the user reacted.
 */
export function withOwnReaction(message: Message, { emoji }: Pick<OwnReaction, 'emoji'>): Message {
  const isKnown = (message.reactions?.mine ?? null) === (emoji ?? null);
  return isKnown || typeof message.content !== 'string' ? message : withMine(message, emoji ?? undefined);
}

/** Of two copies with the same version, a frame lacks the user's own reaction that a page has. */
export function withMineOf(message: Message, other: Message): Message {
  const { mine } = other.reactions ?? {};
  return mine === undefined || !message.reactions || message.reactions.mine !== undefined
    ? message
    : withMine(message, mine);
}

/** The reactions to show. The user's own counts once, whether or not the summary has it. */
export function shownReactions(message: Message, me: string, pending?: PendingReaction): readonly Reaction[] {
  const { kinds = [] } = message.reactions ?? {};
  const mine = mineIn(message, me);
  if (!pending) return rowsOf(kinds, me, mine);
  const isOld = (message.version ?? 0) === pending.version;
  // A newer summary that does not name the user may count the reaction, and a second one would show.
  if (!isOld && !tellsMine(message, me)) return rowsOf(kinds, me, pending.emoji);
  return rowsOf(moved(kinds, me, isOld ? pending.before : mine, pending.emoji), me, pending.emoji);
}

function namedIn({ kinds }: Reactions, me: string): string | undefined {
  return kinds.find(({ userIds }) => userIds.includes(me))?.emoji;
}

function withMine(message: Message, mine: string | undefined): Message {
  const { mine: _, ...others } = message.reactions ?? { count: 0, kinds: [] };
  return { ...message, reactions: mine === undefined ? others : { ...others, mine } };
}

/** The user's reaction counts for one emoji in place of another. */
function moved(
  kinds: readonly ReactionKind[],
  me: string,
  from: string | null,
  to: string | null,
): readonly ReactionKind[] {
  if (from === to) return kinds;
  const left = kinds.map((kind) => (kind.emoji === from ? without(kind, me) : kind)).filter(({ count }) => count > 0);
  if (to === null) return left;
  if (!left.some(({ emoji }) => emoji === to)) return [...left, { emoji: to, count: 1, userIds: [me] }];
  return left.map((kind) => (kind.emoji === to ? { ...kind, count: kind.count + 1 } : kind));
}

function without(kind: ReactionKind, me: string): ReactionKind {
  return { ...kind, count: kind.count - 1, userIds: kind.userIds.filter((userId) => userId !== me) };
}

/** The summary has no more than 20 kinds, and may not have the user's reaction yet. */
function rowsOf(kinds: readonly ReactionKind[], me: string, mine: string | null): readonly Reaction[] {
  const rows = kinds.map(({ emoji, count, userIds }) => {
    const own = emoji === mine;
    const others = userIds.filter((userId) => userId !== me);
    return { emoji, count, own, people: own ? [me, ...others] : others };
  });
  if (mine === null || rows.some(({ own }) => own)) return rows;
  return [...rows, { emoji: mine, count: 1, own: true, people: [me] }];
}
