import { membersOf } from './members';

describe('membersOf', () => {
  it('shows the user first, then admins, then the others by name, without erased users', () => {
    const chat = { participants: ['zoe', 'ana', 'ben', 'me', 'gone'], erased: ['gone'], admins: ['zoe'] };
    const members = membersOf(chat, 'me', (userId) => userId);
    expect(members.map(({ userId }) => userId)).toEqual(['me', 'zoe', 'ana', 'ben']);
    expect(members.map(({ isAdmin }) => isAdmin)).toEqual([false, true, false, false]);
  });

  it('shows nothing until the chat is known', () => {
    expect(membersOf(undefined, 'me', String)).toEqual([]);
  });
});
