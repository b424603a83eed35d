/** Reactions as a server stores and sums them up. */
import type { Message, ReactionKind, Reactions } from '../src/contracts.js';

const MAX_KINDS = 20;
const MAX_PEOPLE = 5;

/** The emoji of each user, in the order of the reactions. */
export type ReactionRows = ReadonlyMap<string, string>;

export function summaryOf(rows: ReactionRows): Reactions | undefined {
  const people = Map.groupBy(rows, ([, emoji]) => emoji);
  const kinds = [...people].map(([emoji, all]): ReactionKind => {
    return { emoji, count: all.length, userIds: all.slice(0, MAX_PEOPLE).map(([userId]) => userId) };
  });
  const sorted = kinds.sort((a, b) => b.count - a.count).slice(0, MAX_KINDS);
  return rows.size > 0 ? { count: rows.size, kinds: sorted } : undefined;
}

export function withSummary({ reactions: _, ...message }: Message, rows: ReactionRows): Message {
  const reactions = summaryOf(rows);
  return reactions ? { ...message, reactions } : message;
}

/** The message as a page shows it to a user. */
export function withMine(message: Message, rows: ReactionRows, userId: string): Message {
  const mine = rows.get(userId);
  return message.reactions && mine !== undefined ? { ...message, reactions: { ...message.reactions, mine } } : message;
}

/** Replaces the reaction of a user: it is the last one then. */
export function withReaction(rows: ReactionRows, userId: string, emoji: string | null): ReactionRows {
  if ((rows.get(userId) ?? null) === emoji) return rows;
  const others = [...rows].filter(([id]) => id !== userId);
  return new Map(emoji === null ? others : [...others, [userId, emoji]]);
}
