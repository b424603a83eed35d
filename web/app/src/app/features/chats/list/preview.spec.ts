import type { ChatSummary, LastRow } from '@paloma/client';
import { previewOf } from './preview';

const reader = { me: 'me', nameOf: (userId: string): string => ({ me: 'You', ana: 'Ana' })[userId] ?? '' };
const last: LastRow = {
  ...{ content: 'Hello', notice: undefined, own: false, senderId: 'ana', tick: undefined },
  ...{ erased: false, deleted: false, hidden: false },
  ...{ timestamp: 1, seq: 1 },
};
const chat = (change: Partial<LastRow>): ChatSummary =>
  ({ kind: 'group', typing: [], last: { ...last, ...change } }) as unknown as ChatSummary;

describe('previewOf', () => {
  it('shows the author and the text of a message in a group', () => {
    expect(previewOf(chat({}), undefined, reader)).toEqual({ kind: 'message', text: 'Hello', sender: 'Ana' });
  });

  it('shows no content of a message that is deleted or hidden', () => {
    const gone = { content: null, deleted: true };
    expect(previewOf(chat(gone), undefined, reader)).toEqual({ kind: 'notice', text: 'Deleted message' });
    expect(previewOf(chat({ content: null, hidden: true }), undefined, reader)).toEqual({ kind: 'notice', text: '' });
  });

  it('shows a change of the group as a sentence, not as a deleted message', () => {
    const removal = chat({ content: null, notice: { type: 'memberRemoved', userId: 'me' } });
    expect(previewOf(removal, undefined, reader)).toEqual({ kind: 'notice', text: 'Ana removed you' });
    expect(previewOf(removal, 'A draft', reader)).toEqual({ kind: 'draft', text: 'A draft' });
  });
});
