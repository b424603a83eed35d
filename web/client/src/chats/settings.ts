/** The user's settings for chats: mute, pin, archive, mark as unread. Pure functions. */
import type { Chat, ServerEvent } from '../contracts.js';
import { withFieldsOf } from './fields.js';
import { lastCountOf } from './unread.js';

type SettingsEvent = Extract<ServerEvent, { type: 'settings' }>;
type WithoutType<Event> = Event extends unknown ? Omit<Event, 'type'> : never;

/** A changed setting of a chat, as a frame or an answer shows it. */
export type ChatSetting = Exclude<
  WithoutType<SettingsEvent>,
  { profile: unknown } | { block: unknown } | { hidden: unknown } | { reaction: unknown } | { privacy: unknown }
>;

type Flag = 'pinned' | 'archived' | 'markedUnread' | 'blocked';

const SETTINGS = ['mutedUntil', 'pinned', 'archived', 'markedUnread', 'requestedBy'] as const;

/** The setting of a chat in a frame. A newer server may send others, which are ignored. */
export function settingOf({ type: _, ...setting }: SettingsEvent): ChatSetting | undefined {
  const isOfChat = 'chat' in setting || 'pin' in setting || 'archive' in setting || 'unread' in setting;
  return isOfChat || 'request' in setting ? setting : undefined;
}

export function chatIdOf(setting: ChatSetting): string {
  if ('chat' in setting) return setting.chat.chatId;
  if ('pin' in setting) return setting.pin.chatId;
  if ('request' in setting) return setting.request.chatId;
  return 'archive' in setting ? setting.archive.chatId : setting.unread.chatId;
}

/** The time of the change by the server's clock: frames may arrive in another order. Mutes have none. */
export function changedAtOf(setting: ChatSetting): number | undefined {
  if ('chat' in setting) return undefined;
  if ('pin' in setting) return setting.pin.changedAt;
  if ('request' in setting) return setting.request.changedAt;
  return 'archive' in setting ? setting.archive.changedAt : setting.unread.changedAt;
}

/** Takes a setting. It may be older than the messages and receipts that are known here. */
export function withSetting(chat: Chat, setting: ChatSetting): Chat {
  if ('chat' in setting) return muted(chat, setting.chat.mutedUntil);
  if ('request' in setting) return accepted(chat);
  if ('pin' in setting) {
    const { pinned } = setting.pin;
    const next = flagged(chat, 'pinned', pinned);
    return pinned ? flagged(next, 'archived', false) : next;
  }
  if ('archive' in setting) {
    const { archived, lastCount } = setting.archive;
    if (!archived) return flagged(chat, 'archived', false);
    const isBack = lastCountOf(chat) > lastCount && !wasMuted(chat, chat.lastMessageTime);
    return flagged(flagged(chat, 'pinned', false), 'archived', !isBack);
  }
  const { markedUnread, readSeq } = setting.unread;
  return flagged(chat, 'markedUnread', markedUnread && chat.readSeq <= readSeq);
}

/** A new message brings a chat back, unless the chat was muted when it was sent. */
export function broughtBack(chat: Chat, sentAt: number): Chat {
  return chat.archived && !wasMuted(chat, sentAt) ? flagged(chat, 'archived', false) : chat;
}

/** The user has read or written: this ends the mark. */
export function withoutMark(chat: Chat): Chat {
  return flagged(chat, 'markedUnread', false);
}

/** The user has accepted the request that brought them into the chat, or has written there. */
export function accepted(chat: Chat): Chat {
  if (chat.requestedBy === undefined) return chat;
  const { requestedBy: _, ...others } = chat;
  return others as Chat;
}

/** `chat` with the settings of `known`. */
export function withSettingsOf(chat: Chat, known: Chat): Chat {
  return withFieldsOf(chat, known, SETTINGS);
}

/** Whether messages that the arrived list does not know have brought the chat back here. */
export function isBackIn(known: Chat, arrived: Chat): boolean {
  return known.lastSeq > arrived.lastSeq && !known.archived && !wasMuted(arrived, known.lastMessageTime);
}

function wasMuted({ mutedUntil }: Chat, at: number): boolean {
  return mutedUntil !== undefined && mutedUntil >= at;
}

function muted({ mutedUntil: _, ...chat }: Chat, until: number | null): Chat {
  return until === null ? chat : { ...chat, mutedUntil: until };
}

export function flagged(chat: Chat, flag: Flag, on: boolean): Chat {
  if ((chat[flag] ?? false) === on) return chat;
  const { [flag]: _, ...others } = chat;
  return on ? { ...others, [flag]: true } : (others as Chat);
}
