import { joined, withEarlier, withoutFirst } from './draft-text';

describe('the text of a draft', () => {
  it('keeps what was typed after a text that has become a message', () => {
    expect(withoutFirst(joined(['sent', 'typed since']), 'sent')).toBe('typed since');
    expect(withoutFirst('sent', 'sent')).toBe('');
  });

  it('keeps a draft that does not begin with the sent text', () => {
    expect(withoutFirst('sentence', 'sent')).toBe('sentence');
  });

  it('joins no empty lines', () => {
    expect(joined(['', 'one', '', 'two'])).toBe('one\ntwo');
  });

  it('puts a part of the draft that is new before what the user types', () => {
    expect(withEarlier('stored\nab', 'ab', 'abc')).toBe('stored\nabc');
    expect(withEarlier('stored', '', 'a')).toBe('stored\na');
    expect(withEarlier('ab', 'ab', 'abc')).toBe('abc');
    expect(withEarlier('of another tab', 'ab', 'abc')).toBe('abc');
  });
});
