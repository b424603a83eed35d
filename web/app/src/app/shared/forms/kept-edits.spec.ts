import { keptEdits } from './kept-edits';

describe('keptEdits', () => {
  it('starts with what is stored', () => {
    expect(keptEdits({ name: 'Ana' })).toEqual({ name: 'Ana' });
  });

  it('takes what changed elsewhere, except fields that the user has changed', () => {
    const source = { name: 'Ana', avatar: '' };
    const value = { name: 'Anna', avatar: '' };
    expect(keptEdits({ name: 'Ana B.', avatar: 'a.png' }, { source, value })).toEqual({
      name: 'Anna',
      avatar: 'a.png',
    });
  });
});
