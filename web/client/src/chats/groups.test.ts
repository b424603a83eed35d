import { describe, expect, test } from 'vitest';
import { chat, CHAT, ME, message, OTHER, own } from '../../test/sync/build.js';
import type { Chat, Message, Notice } from '../contracts.js';
import { isBehind, withLaterGroup, withNotice } from './groups.js';
import { withMarks, withMessage, withoutHidden, type ChatMap } from './state.js';
import { lastCountOf, unreadOf } from './unread.js';

/** System message `seq`, the `version`th of its group. */
const notice = (seq: number, version: number, kind: Notice, senderId = OTHER): Message =>
  message(seq, { kind, content: null, count: seq - version, senderId });

const group = (change: Partial<Chat> = {}): Chat =>
  chat(3, { type: 'group', name: 'Group', admins: [OTHER], role: 'member', readSeq: 3, ...change });

const of = (one: Chat): ChatMap => new Map([[one.chatId, one]]);
const only = (chats: ChatMap): Chat => chats.get(CHAT) ?? group();

test('messages after an own send are unread, though the acknowledgement of the send has no ordinal', () => {
  const renamed = withMessage(of(group()), ME, notice(4, 1, { type: 'chatChanged', name: 'New' }));
  const sent = withMessage(renamed, ME, own(5));
  expect(unreadOf(only(sent))).toBe(0);
  const answered = withMessage(sent, ME, message(6, { count: 5 }));
  expect(unreadOf(only(answered))).toBe(1);
});

describe('system messages change the group', () => {
  test('members are added, removed, and leave', () => {
    const added = withNotice(group(), ME, notice(4, 1, { type: 'membersAdded', userIds: ['carla', 'dora'] }));
    expect(added).toMatchObject({ participants: [ME, OTHER, 'carla', 'dora'], membershipVersion: 1 });
    const removed = withNotice(added, ME, notice(5, 2, { type: 'memberRemoved', userId: 'dora' }));
    expect(removed.participants).toEqual([ME, OTHER, 'carla']);
    const left = withNotice(removed, ME, notice(6, 3, { type: 'memberLeft', newAdmin: ME }));
    expect(left).toMatchObject({ participants: [ME, 'carla'], admins: [ME], role: 'admin' });
  });

  test('roles and fields change, and removed fields are gone', () => {
    const admin = withNotice(group(), ME, notice(4, 1, { type: 'roleChanged', userId: ME, role: 'admin' }));
    expect(admin.role).toBe('admin');
    const change = { type: 'chatChanged', onlyAdminsWrite: true, removed: ['name'] } as const;
    const changed = withNotice(admin, ME, notice(5, 2, { ...change, removed: ['name'] }));
    expect(changed).toMatchObject({ onlyAdminsWrite: true, membershipVersion: 2 });
    expect(changed).not.toHaveProperty('name');
    expect(changed).not.toHaveProperty('removed');
    const member = withNotice(changed, ME, notice(6, 3, { type: 'roleChanged', userId: ME, role: 'member' }));
    expect(member.role).toBe('member');
  });

  test.each([
    ['a removal of the user', notice(4, 1, { type: 'memberRemoved', userId: ME })],
    ['a leaving of the user', notice(4, 1, { type: 'memberLeft' }, ME)],
  ])('%s freezes the chat', (_, leaving) => {
    const left = only(withMessage(of(group({ windows: [{ from: 2 }] })), ME, leaving));
    expect(left).toMatchObject({ role: 'former', participants: [], windows: [{ from: 2, to: 4 }], name: 'Group' });
    expect(unreadOf(left)).toBe(0);
  });

  test('a removal by an operator leaves nothing of the group but the message that says so, also after a gap', () => {
    const removal = notice(9, 4, { type: 'chatRemoved' }, '00000000-0000-0000-0000-000000000000');
    const removed = only(
      withMessage(of(group({ windows: [{ from: 2 }], avatar: 'https://a.example/b' })), ME, removal),
    );
    expect(removed).toMatchObject({ role: 'former', participants: [], windows: [{ from: 9, to: 9 }], lastSeq: 9 });
    expect(removed).not.toHaveProperty('name');
    expect(removed).not.toHaveProperty('avatar');
    expect(unreadOf(removed)).toBe(0);
    expect(withLaterGroup(removed, group())).toMatchObject({ role: 'former', windows: [{ from: 9, to: 9 }] });
  });

  test('a repeated or a later change is not applied twice', () => {
    const change = notice(5, 2, { type: 'membersAdded', userIds: ['carla'] });
    const known = group({ membershipVersion: 2 });
    expect(withNotice(known, ME, change)).toBe(known);
    expect(withNotice(group(), ME, change)).toEqual(group());
  });
});

describe('a group is behind', () => {
  test('when a message shows a change that is missing here', () => {
    const added: Notice = { type: 'membersAdded', userIds: ['carla'] };
    expect(isBehind(group(), notice(4, 1, added))).toBe(false);
    expect(isBehind(group(), notice(5, 2, added))).toBe(true);
    expect(isBehind(group(), message(5, { count: 4 }))).toBe(true);
    expect(isBehind(group({ membershipVersion: 1 }), message(5, { count: 4 }))).toBe(false);
  });

  test('when a former member gets a message after the leaving', () => {
    const former = group({ role: 'former', windows: [{ from: 1, to: 3 }] });
    expect([isBehind(former, message(3)), isBehind(former, message(4))]).toEqual([false, true]);
  });
});

describe('of two copies of a group', () => {
  test('the later version wins', () => {
    const [older, newer] = [group({ name: 'Old' }), group({ name: 'New', membershipVersion: 1 })];
    expect(withLaterGroup(newer, older)).toMatchObject({ name: 'New', membershipVersion: 1 });
    expect(withLaterGroup(older, newer)).toBe(newer);
  });

  test('the later windows win, since the view of a former member has no version', () => {
    const member = group({ membershipVersion: 7 });
    const former = group({ role: 'former', windows: [{ from: 1, to: 3 }], participants: [] });
    expect(withLaterGroup(member, former).role).toBe('former');
    expect(withLaterGroup(former, member)).toMatchObject({ role: 'former', participants: [] });
    const again = group({ windows: [{ from: 1, to: 3 }, { from: 6 }] });
    expect(withLaterGroup(former, again).role).toBe('member');
  });

  test('of a former member who has cleared the chat is ordered by the message of the leaving', () => {
    const member = group({ lastSeq: 4, membershipVersion: 2 });
    const former = group({ lastSeq: 5, role: 'former', participants: [], windows: [{ from: 6, to: 5 }] });
    const again = group({ lastSeq: 9, membershipVersion: 4, windows: [{ from: 9 }] });
    expect(withLaterGroup(member, former).role).toBe('former');
    expect(withLaterGroup(former, member).role).toBe('former');
    expect(withLaterGroup(former, again).role).toBe(again.role);
    expect(withLaterGroup(again, former).role).toBe(again.role);
  });

  test('a leaving is news for a user who has cleared the chat up to it', () => {
    const member = only(withoutHidden(of(group({ membershipVersion: 7 })), { chatId: CHAT, clearedSeq: 3 }));
    const former = group({ role: 'former', windows: [{ from: 4, to: 3 }], participants: [] });
    expect(withLaterGroup(member, former)).toBe(former);
    expect(withLaterGroup(former, former)).toBe(former);
  });

  test('the message after a leaving and a clearing may be that of a joining', () => {
    const former = group({ role: 'former', windows: [{ from: 4, to: 3 }], participants: [] });
    const again = group({ windows: [{ from: 4 }], lastSeq: 4, membershipVersion: 8 });
    expect(withLaterGroup(former, again)).toBe(again);
    expect(withLaterGroup(again, former)).toMatchObject({ role: 'member', windows: [{ from: 4 }] });
  });
});

describe('system messages count nothing as unread', () => {
  const added = notice(4, 1, { type: 'membersAdded', userIds: ['carla'] });
  const after = [added, message(5, { count: 4 })].reduce<ChatMap>(
    (chats, one) => withMessage(chats, ME, one),
    of(group()),
  );

  test('as messages arrive', () => {
    expect([unreadOf(only(withMessage(of(group()), ME, added))), unreadOf(only(after))]).toEqual([0, 1]);
    expect(lastCountOf(only(after))).toBe(4);
  });

  test('as the user reads, with the ordinal of the message that was read', () => {
    const more = withMessage(after, ME, message(6, { count: 5 }));
    expect(unreadOf(only(withMarks(more, CHAT, { read: 5, count: 4 })))).toBe(1);
    expect(unreadOf(only(withMarks(more, CHAT, { read: 6 })))).toBe(0);
    expect(unreadOf(only(withMessage(more, ME, own(7, { count: 6 }))))).toBe(0);
  });
});
