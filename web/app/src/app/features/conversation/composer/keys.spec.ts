import { ComposerKey, sends } from './keys';

const enter: ComposerKey = {
  key: 'Enter',
  keyCode: 13,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  timeStamp: 1_000,
};

describe('sends', () => {
  it('Enter sends', () => expect(sends(enter, undefined, false)).toBe(true));
  it('other keys do not send', () => expect(sends({ ...enter, key: 'a' }, undefined, false)).toBe(false));
  it('Shift+Enter breaks the line', () => expect(sends({ ...enter, shiftKey: true }, undefined, false)).toBe(false));

  it('the Enter of an input method never sends', () => {
    expect(sends({ ...enter, isComposing: true }, undefined, false)).toBe(false);
    expect(sends({ ...enter, keyCode: 229 }, undefined, false)).toBe(false);
    expect(sends(enter, 990, false)).toBe(false);
    expect(sends(enter, 500, false)).toBe(true);
  });

  it('on touch devices Enter breaks the line, and Ctrl+Enter sends', () => {
    expect(sends(enter, undefined, true)).toBe(false);
    expect(sends({ ...enter, ctrlKey: true }, undefined, true)).toBe(true);
  });
});
