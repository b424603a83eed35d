import type { Notice } from '@paloma/client';
import { languageInUse } from '../../core/language/language';

type Of<T extends Notice['type']> = Extract<Notice, { type: T }>;

/** A change of a group, with the sender who made it. */
export interface Change {
  readonly notice: Notice;
  readonly senderId: string;
}

/** The names of users, and which of them reads the text. */
export interface Reader {
  readonly me: string | undefined;
  readonly nameOf: (userId: string) => string;
}

/** A change of a group as a sentence, for the conversation and the list of chats. */
export function noticeText({ notice, senderId }: Change, reader: Reader): string {
  const own = senderId === reader.me;
  const name = named(senderId, reader);
  switch (notice.type) {
    case 'membersAdded':
      return addedText(notice, name, own, reader);
    case 'memberRemoved':
      return removedText(notice.userId, name, own, reader);
    case 'memberLeft': {
      const left = own ? $localize`:@@notice.leftOwn:You left` : $localize`:@@notice.left:${name}:name: left`;
      return notice.newAdmin === undefined ? left : `${left}. ${roleText(notice.newAdmin, 'admin', reader)}`;
    }
    case 'roleChanged':
      return roleText(notice.userId, notice.role, reader);
    case 'chatChanged':
      return changedTexts(notice, name, own).join('. ');
    case 'chatRemoved':
      return $localize`:@@notice.chatRemoved:An operator of this service removed this group`;
  }
}

function addedText({ userIds, count }: Of<'membersAdded'>, name: string, own: boolean, reader: Reader): string {
  const others = userIds.filter((id) => id !== reader.me);
  const more = (count ?? userIds.length) - userIds.length;
  const members = list([...others.map((id) => named(id, reader)), ...(more > 0 ? [moreText(more)] : [])]);
  if (own) return $localize`:@@notice.addedOwn:You added ${members}:members:`;
  if (others.length === userIds.length) return $localize`:@@notice.added:${name}:name: added ${members}:members:`;
  if (members === '') return $localize`:@@notice.addedYou:${name}:name: added you`;
  return $localize`:@@notice.addedYouToo:${name}:name: added you and ${members}:members:`;
}

function moreText(count: number): string {
  return $localize`:@@notice.more:${count}:count: more`;
}

function removedText(userId: string, name: string, own: boolean, reader: Reader): string {
  const member = named(userId, reader);
  if (own) return $localize`:@@notice.removedOwn:You removed ${member}:member:`;
  if (userId === reader.me) return $localize`:@@notice.removedYou:${name}:name: removed you`;
  return $localize`:@@notice.removed:${name}:name: removed ${member}:member:`;
}

function roleText(userId: string, role: Of<'roleChanged'>['role'], reader: Reader): string {
  const name = named(userId, reader);
  const isMe = userId === reader.me;
  if (role === 'admin') {
    return isMe
      ? $localize`:@@notice.adminYou:You are an admin now`
      : $localize`:@@notice.admin:${name}:name: is an admin now`;
  }
  return isMe
    ? $localize`:@@notice.memberYou:You are no longer an admin`
    : $localize`:@@notice.member:${name}:name: is no longer an admin`;
}

function changedTexts(change: Of<'chatChanged'>, name: string, own: boolean): string[] {
  const { onlyAdminsWrite: write, onlyAdminsAdd: add, removed = [] } = change;
  const texts = [
    change.name === undefined ? undefined : renamedText(change.name, name, own),
    removed.includes('name') ? nameRemovedText(name, own) : undefined,
    change.avatar === undefined ? undefined : pictureText(name, own),
    removed.includes('avatar') ? pictureRemovedText(name, own) : undefined,
    write === undefined ? undefined : writeText(write),
    add === undefined ? undefined : addText(add),
  ].filter((text) => text !== undefined);
  // In lists, a notice does not say that the picture changed.
  return texts.length > 0 ? texts : [pictureText(name, own)];
}

function renamedText(group: string, name: string, own: boolean): string {
  if (own) return $localize`:@@notice.renamedOwn:You changed the name to “${group}:group:”`;
  return $localize`:@@notice.renamed:${name}:name: changed the name to “${group}:group:”`;
}

function nameRemovedText(name: string, own: boolean): string {
  if (own) return $localize`:@@notice.nameRemovedOwn:You removed the name of the group`;
  return $localize`:@@notice.nameRemoved:${name}:name: removed the name of the group`;
}

function pictureText(name: string, own: boolean): string {
  if (own) return $localize`:@@notice.pictureOwn:You changed the picture`;
  return $localize`:@@notice.picture:${name}:name: changed the picture`;
}

function pictureRemovedText(name: string, own: boolean): string {
  if (own) return $localize`:@@notice.pictureRemovedOwn:You removed the picture`;
  return $localize`:@@notice.pictureRemoved:${name}:name: removed the picture`;
}

function writeText(onlyAdmins: boolean): string {
  if (onlyAdmins) return $localize`:@@notice.adminsWrite:Only admins can write now`;
  return $localize`:@@notice.allWrite:All members can write now`;
}

function addText(onlyAdmins: boolean): string {
  if (onlyAdmins) return $localize`:@@notice.adminsAdd:Only admins can add members now`;
  return $localize`:@@notice.allAdd:All members can add members now`;
}

function named(userId: string, { nameOf }: Reader): string {
  return nameOf(userId) || $localize`:@@notice.unknownMember:A member`;
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat(languageInUse()).format(names);
}
