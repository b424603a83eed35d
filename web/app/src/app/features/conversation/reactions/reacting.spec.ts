import { TestBed } from '@angular/core/testing';
import { PalomaError, type Conversation, type Problem, type Row } from '@paloma/client';
import { Toasts } from '../../../shared/toast/toasts';
import { Reacting } from './reacting';

const row = (own?: string): Row => {
  const reactions = own === undefined ? [] : [{ emoji: own, count: 1, own: true, people: [] }];
  return { messageId: 'message', reactions } as unknown as Row;
};
const rejection = (status: number, kind: string): PalomaError => {
  const problem = { type: `urn:paloma:problem:${kind}`, status, title: '', detail: '' } as Problem;
  return new PalomaError('problem', '?', problem);
};

describe('Reacting', () => {
  const react = vi.fn<Conversation['react']>(() => Promise.resolve());
  const unreact = vi.fn<Conversation['unreact']>(() => Promise.resolve());
  const conversation = { react, unreact } as unknown as Conversation;
  let reacting: Reacting;
  const toasts = (): string[] =>
    TestBed.inject(Toasts)
      .all()
      .map(({ text }) => text);

  beforeEach(() => {
    vi.clearAllMocks();
    TestBed.configureTestingModule({ providers: [Reacting] });
    reacting = TestBed.inject(Reacting);
  });

  it('reacts, and changes the reaction', async () => {
    await reacting.toggle(conversation, row(), '👍');
    await reacting.toggle(conversation, row('🎉'), '👍');
    expect(react.mock.calls).toEqual([
      ['message', '👍'],
      ['message', '👍'],
    ]);
    expect(unreact).not.toHaveBeenCalled();
  });

  it('removes the own reaction', async () => {
    await reacting.toggle(conversation, row('👍'), '👍');
    expect(unreact).toHaveBeenCalledExactlyOnceWith('message');
    expect(react).not.toHaveBeenCalled();
  });

  it('says why a reaction failed', async () => {
    react.mockRejectedValueOnce(rejection(409, 'conflict')).mockRejectedValueOnce(new PalomaError('offline', '?'));
    await reacting.toggle(conversation, row(), '👍');
    await reacting.toggle(conversation, row(), '👍');
    expect(toasts()).toEqual([
      'This message takes no reactions any more.',
      'The server did not answer. Check your connection, then try again.',
    ]);
  });

  it('does nothing about a message that is not sent', async () => {
    await reacting.toggle(conversation, { ...row(), messageId: undefined }, '👍');
    expect(react).not.toHaveBeenCalled();
  });
});
