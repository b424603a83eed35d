/** The state of a group as its system messages change it. Pure functions. */
import type { Chat, Message, Notice } from '../contracts.js';
import { afterLeaving, isEmpty, isLater } from '../conversation/windows.js';
import { withFieldsOf } from './fields.js';
import { versionOf } from './unread.js';

const GROUP_FIELDS = [
  'name',
  'avatar',
  'participants',
  'admins',
  'onlyAdminsWrite',
  'onlyAdminsAdd',
  'membershipVersion',
  'role',
  'windows',
] as const;

type GroupChat = Extract<Chat, { type: 'group' }>;

/** Whether messages are missing here that changed the group before `message`, so that its state must be read. */
export function isBehind(chat: Chat, message: Message): boolean {
  if (chat.type !== 'group') return false;
  // The user is in the group again: no message says what this user may see.
  if (chat.role === 'former') return message.seq > chat.lastSeq;
  return versionOf(message) > (chat.membershipVersion ?? 0) + (message.kind === undefined ? 0 : 1);
}

/** Takes what a system message says, if it is the next one. */
export function withNotice(chat: Chat, me: string, message: Message): Chat {
  const { kind, senderId, seq } = message;
  const version = versionOf(message);
  if (!kind || chat.type !== 'group' || chat.role === 'former') return chat;
  if (kind.type === 'chatRemoved') return removedOf(chat, seq);
  if (version !== (chat.membershipVersion ?? 0) + 1) return chat;
  const leaver = kind.type === 'memberLeft' ? senderId : kind.type === 'memberRemoved' ? kind.userId : undefined;
  if (leaver === me) return formerOf(chat, seq);
  const next = { ...changedBy(chat, senderId, kind), membershipVersion: version };
  return { ...next, role: roleOf(next, me) };
}

/** Of two copies of a chat, the group's state that is from a later time; of equal ones that of `arrived`. */
export function withLaterGroup(known: Chat, arrived: Chat): Chat {
  if (arrived.type !== 'group') return arrived;
  const isOlder =
    isLeft(known) !== isLeft(arrived) && (hidesAll(known) || hidesAll(arrived))
      ? isBefore(arrived, known)
      : isLater(known.windows, arrived.windows) ||
        (!isLater(arrived.windows, known.windows) && (known.membershipVersion ?? 0) > (arrived.membershipVersion ?? 0));
  return isOlder ? withFieldsOf(arrived, known, GROUP_FIELDS) : arrived;
}

function isLeft({ role }: Chat): boolean {
  return role === 'former';
}

/** The window of a former member who has cleared the chat begins like that of a member who has, or who joins again. */
function hidesAll({ windows }: Chat): boolean {
  return windows !== undefined && windows.every(isEmpty);
}

/** Of a view of a member and one of a former member. That of a former member ends with the message of the leaving. */
function isBefore(one: Chat, other: Chat): boolean {
  return isLeft(other) ? one.lastSeq <= other.lastSeq : one.lastSeq < other.lastSeq;
}

export function roleOf({ admins }: Pick<Chat, 'admins'>, me: string): 'admin' | 'member' {
  return admins?.includes(me) ? 'admin' : 'member';
}

function changedBy(chat: GroupChat, senderId: string, notice: Notice): GroupChat {
  const { participants, admins = [] } = chat;
  const without = (ids: readonly string[], leaver: string) => ids.filter((id) => id !== leaver);
  switch (notice.type) {
    case 'membersAdded':
      return { ...chat, participants: union(participants, notice.userIds) };
    case 'memberRemoved':
      return {
        ...chat,
        participants: without(participants, notice.userId),
        admins: without(admins, notice.userId),
      };
    case 'memberLeft': {
      const left = without(admins, senderId);
      const next = notice.newAdmin === undefined ? left : union(left, [notice.newAdmin]);
      return { ...chat, participants: without(participants, senderId), admins: next };
    }
    case 'roleChanged':
      return {
        ...chat,
        admins: notice.role === 'admin' ? union(admins, [notice.userId]) : without(admins, notice.userId),
      };
    case 'chatChanged':
      return withFields(chat, notice);
    default:
      return chat;
  }
}

function withFields(chat: GroupChat, change: Extract<Notice, { type: 'chatChanged' }>): GroupChat {
  const { type: _, removed = [], ...fields } = change;
  const next: GroupChat = { ...chat, ...fields };
  for (const field of removed) Reflect.deleteProperty(next, field);
  return next;
}

/** The group as the user saw it last, without its members. */
function formerOf(chat: GroupChat, seq: number): Chat {
  const { admins: _1, members: _2, membershipVersion: _3, onlyAdminsWrite: _4, onlyAdminsAdd: _5, ...rest } = chat;
  const windows = afterLeaving(chat.windows, seq);
  return { ...rest, participants: [], role: 'former', unreadCount: 0, ...(windows ? { windows: [...windows] } : {}) };
}

/** The group after an operator has removed it: only the message that says so is left. */
function removedOf({ name: _1, avatar: _2, ...chat }: GroupChat, seq: number): Chat {
  return { ...formerOf(chat, seq), windows: [{ from: seq, to: seq }] };
}

function union(ids: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...ids, ...more])];
}
