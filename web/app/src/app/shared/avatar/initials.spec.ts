import { hueOf, initialsOf } from './initials';

describe('initialsOf', () => {
  it.each([
    ['Ana García López', 'AL'],
    ['ñandú', 'Ñ'],
    ['  田中  ', '田'],
    ['(work) Bruno', 'B'],
    ['👋', ''],
    ['', ''],
  ])('%j: %j', (name, initials) => expect(initialsOf(name)).toBe(initials));
});

it('the colour of an id never changes', () => expect(hueOf('c4e571df')).toBe(hueOf('c4e571df')));
