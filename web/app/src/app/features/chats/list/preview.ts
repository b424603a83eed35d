import type { ChatSummary, Tick } from '@paloma/client';
import { noticeText, type Reader } from '../../groups/notice-text';
import { typingText } from '../typing-text';

/** The second line of a chat in the list. */
export interface Preview {
  readonly kind: 'draft' | 'typing' | 'message' | 'notice';
  /** The author of a message in a group. */
  readonly sender?: string;
  readonly text: string;
  readonly tick?: Tick;
}

/** A draft goes first, then members who are typing, then the last message. */
export function previewOf(chat: ChatSummary, draft: string | undefined, reader: Reader): Preview {
  const { nameOf } = reader;
  if (draft !== undefined && draft !== '') return { kind: 'draft', text: draft };
  const typing = typingText(chat, nameOf);
  if (typing !== undefined) return { kind: 'typing', text: typing };
  const { last } = chat;
  if (last === undefined) return { kind: 'notice', text: $localize`:@@chats.noMessages:No messages yet` };
  if (last.hidden) return { kind: 'notice', text: '' };
  const { notice, senderId } = last;
  if (notice !== undefined) return { kind: 'notice', text: noticeText({ notice, senderId }, reader) };
  const tick = last.tick === undefined ? {} : { tick: last.tick };
  if (last.erased || last.content === null) {
    return { kind: 'notice', text: $localize`:@@chats.deleted:Deleted message`, ...tick };
  }
  const name = chat.kind === 'group' && !last.own ? nameOf(last.senderId) : '';
  const sender = name === '' ? {} : { sender: name };
  return { kind: 'message', text: last.content, ...sender, ...tick };
}
