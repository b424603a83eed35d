import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chat, CHAT, lastMessage, ME, message, OTHER, own } from '../../test/sync/build.js';
import type { Chat, Message, NewChat } from '../contracts.js';
import {
  withChats,
  withErasedMember,
  withMarks,
  withMessage,
  withChatSetting,
  withNewChat,
  type ChatMap,
} from './state.js';
import { unreadOf } from './unread.js';

const of = (one: Chat): ChatMap => new Map([[one.chatId, one]]);
const only = (chats: ChatMap): Chat => {
  const one = chats.get(CHAT);
  if (!one) throw new Error('The chat is missing.');
  return one;
};

describe('the chats', () => {
  test('a message of another user is unread and becomes the last message', () => {
    const next = only(withMessage(of(chat(3, { readSeq: 3 })), ME, message(4)));
    expect([unreadOf(next), next.lastMessage?.seq, next.lastMessageTime]).toEqual([1, 4, 4]);
  });

  test('a send of the user, on any device, reads everything before it', () => {
    expect(unreadOf(only(withMessage(of(chat(3)), ME, own(4))))).toBe(0);
  });

  test('a late message does not replace a newer one', () => {
    const next = only(withMessage(of(chat(5)), ME, message(4)));
    expect([next.lastSeq, next.lastMessage?.seq]).toEqual([5, 5]);
  });

  test('a list without a last message that is too old removes it, and one before the first summary does not', () => {
    const known = chat(5, { readSeq: 2 });
    const expired = only(withChats(of(known), [chat(5, { readSeq: 2, lastMessage: null, unreadCount: 0 })]));
    expect([expired.lastMessage, expired.lastMessageTime, unreadOf(expired)]).toEqual([null, 5, 0]);
    const unsummarised = chat(5, { readSeq: 2, lastMessage: null, lastMessageTime: 0 });
    expect(only(withChats(of(known), [unsummarised])).lastMessage?.seq).toBe(5);
  });

  test('an older list does not move marks or messages back', () => {
    const known = chat(5, { readSeq: 5, deliveredSeq: 5 });
    const next = only(withChats(of(known), [chat(4, { readSeq: 2, deliveredSeq: 3 })]));
    expect(next).toMatchObject({ readSeq: 5, deliveredSeq: 5, lastSeq: 5, lastMessage: { seq: 5 } });
  });

  test('a message that is read is delivered', () => {
    expect(only(withMarks(of(chat(5)), CHAT, { read: 4 }))).toMatchObject({ readSeq: 4, deliveredSeq: 4 });
  });

  test('a list without the members of a group keeps those that are known', () => {
    const members = [{ userId: OTHER, name: 'Other' }];
    expect(only(withChats(of(chat(1, { members })), [chat(1)])).members).toEqual(members);
  });

  test('unread is never negative', () => {
    expect(unreadOf(chat(3, { readSeq: 9 }))).toBe(0);
  });

  test('a frame of a new chat adds it, and does not empty a known one', () => {
    const created: NewChat = { chatId: CHAT, type: 'direct', createdAt: 7, createdBy: ME, participants: [ME, OTHER] };
    expect(only(withNewChat(new Map(), ME, created))).toMatchObject({ lastSeq: 0, lastMessageTime: 7 });
    expect(only(withNewChat(of(chat(3)), ME, created)).lastSeq).toBe(3);
  });

  test('an erased member loses the last message, and a late list does not bring it back', () => {
    const erased = withErasedMember(of(chat(3)), CHAT, OTHER);
    expect(only(erased)).toMatchObject({ erased: [OTHER], lastMessage: { content: null } });
    expect(only(withChats(erased, [chat(3)]))).toMatchObject({ erased: [OTHER], lastMessage: { content: null } });
  });

  test('a mute can end', () => {
    const mute = (mutedUntil: number | null) => ({ chat: { chatId: CHAT, mutedUntil } });
    const muted = withChatSetting(of(chat(1)), CHAT, mute(99));
    expect(only(muted).mutedUntil).toBe(99);
    expect(only(withChatSetting(muted, CHAT, mute(null))).mutedUntil).toBeUndefined();
  });
});

/** The server's side of one chat: the actions of the user's devices, and the lists and frames about them. */
class Model {
  readonly messages: Message[] = [];
  readSeq = 0;

  add(kind: 'own' | 'other' | 'notice'): void {
    const seq = this.messages.length + 1;
    const count = this.ordinal(seq - 1) + (kind === 'notice' ? 0 : 1);
    const system = kind === 'notice' ? { kind: { type: 'memberLeft' } as const, content: null } : {};
    this.messages.push((kind === 'own' ? own : message)(seq, { count, ...system }));
    if (kind === 'own') this.readSeq = seq;
  }

  ordinal(seq: number): number {
    return this.messages[seq - 1]?.count ?? 0;
  }

  get unread(): number {
    return this.ordinal(this.messages.length) - this.ordinal(this.readSeq);
  }

  list(): Chat {
    const last = this.messages.at(-1);
    const lastSeq = this.messages.length;
    const { readSeq, unread: unreadCount } = this;
    const preview = last ? { lastMessage: lastMessage(last), lastMessageTime: last.timestamp } : {};
    return chat(0, { lastSeq, readSeq, unreadCount, ...preview });
  }
}

test('with all frames or the last list, in any order, unread equals the unread of the server', () => {
  const step = fc.record({ kind: fc.constantFrom('other', 'other', 'notice', 'own', 'read', 'list'), at: fc.nat() });
  const order = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), order, fc.boolean(), (steps, choices, withLastList) => {
      const model = new Model();
      const news: ((chats: ChatMap) => ChatMap)[] = [];
      const take = (list: Chat) => (chats: ChatMap) => withChats(chats, [list]);
      for (const { kind, at } of steps) {
        if (kind === 'list') news.push(take(model.list()));
        if (kind === 'read' && model.messages.length > 0) {
          const seq = Math.max(model.readSeq, (at % model.messages.length) + 1);
          model.readSeq = seq;
          const count = model.ordinal(seq);
          news.push((chats) => withMarks(chats, CHAT, { read: seq, count }));
        }
        if (kind === 'own' || kind === 'other' || kind === 'notice') {
          model.add(kind);
          const arrived = model.messages.at(-1) ?? message(1);
          news.push((chats) => withMessage(chats, ME, arrived));
        }
      }
      let chats: ChatMap = of(chat(0));
      let before = only(chats);
      while (news.length > 0) {
        const [next] = news.splice((choices.next().value ?? 0) % news.length, 1);
        // A frame may be lost if a list follows.
        if (next && !(withLastList && (choices.next().value ?? 0) % 3 === 0)) chats = next(chats);
        expect(only(chats).readSeq).toBeGreaterThanOrEqual(before.readSeq);
        expect(only(chats).lastSeq).toBeGreaterThanOrEqual(before.lastSeq);
        before = only(chats);
      }
      if (withLastList) chats = take(model.list())(chats);
      expect(unreadOf(only(chats))).toBe(model.unread);
    }),
    { numRuns: 1_000 },
  );
});
