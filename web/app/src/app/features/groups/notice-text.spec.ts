import type { Notice } from '@paloma/client';
import { noticeText } from './notice-text';

const names: Record<string, string> = { ana: 'Ana', ben: 'Ben', me: 'You' };
const text = (notice: Notice, senderId = 'ana'): string =>
  noticeText({ notice, senderId }, { me: 'me', nameOf: (userId) => names[userId] ?? '' });

describe('noticeText', () => {
  it.each<[string, Notice, string?]>([
    ['Ana added Ben', { type: 'membersAdded', userIds: ['ben'] }],
    ['You added Ana and Ben', { type: 'membersAdded', userIds: ['ana', 'ben'] }, 'me'],
    ['Ana added you', { type: 'membersAdded', userIds: ['me'] }],
    ['Ana added you and Ben', { type: 'membersAdded', userIds: ['ben', 'me'] }],
    ['Ana added Ben and 4 more', { type: 'membersAdded', userIds: ['ben'], count: 5 }],
    ['Ana added A member', { type: 'membersAdded', userIds: ['unknown'] }],
    ['Ana removed Ben', { type: 'memberRemoved', userId: 'ben' }],
    ['Ana removed you', { type: 'memberRemoved', userId: 'me' }],
    ['You removed Ben', { type: 'memberRemoved', userId: 'ben' }, 'me'],
    ['Ana left', { type: 'memberLeft' }],
    ['You left', { type: 'memberLeft' }, 'me'],
    ['Ana left. You are an admin now', { type: 'memberLeft', newAdmin: 'me' }],
    ['Ben is an admin now', { type: 'roleChanged', userId: 'ben', role: 'admin' }],
    ['You are no longer an admin', { type: 'roleChanged', userId: 'me', role: 'member' }],
    ['Ana changed the name to “Trip”', { type: 'chatChanged', name: 'Trip' }],
    ['You removed the name of the group', { type: 'chatChanged', removed: ['name'] }, 'me'],
    ['Ana removed the picture', { type: 'chatChanged', removed: ['avatar'] }],
    [
      'Only admins can write now. All members can add members now',
      { type: 'chatChanged', onlyAdminsWrite: true, onlyAdminsAdd: false },
    ],
    ['Ana changed the picture', { type: 'chatChanged' }],
    ['An operator of this service removed this group', { type: 'chatRemoved' }, 'no user'],
  ])('%s', (expected, notice, senderId) => {
    expect(text(notice, senderId)).toBe(expected);
  });
});
