import { joined, withoutFirst } from './draft-text';

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
});
