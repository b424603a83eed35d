import { TestBed } from '@angular/core/testing';
import { PalomaError, type Conversation, type Problem, type Row } from '@paloma/client';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Toasts } from '../../shared/toast/toasts';
import { MessageChanges, type ComposerContext } from './message-changes';

const row = { messageId: 'message', content: 'before' } as Row;
const context: ComposerContext = { kind: 'edit', row };
const rejection = (status: number, kind: string): PalomaError => {
  const problem = { type: `urn:paloma:problem:${kind}`, status, title: '', detail: '' } as Problem;
  return new PalomaError('problem', '?', problem);
};

describe('MessageChanges', () => {
  const edit = vi.fn<Conversation['edit']>(() => Promise.resolve());
  const remove = vi.fn<Conversation['delete']>(() => Promise.resolve());
  const conversation = { edit, delete: remove } as unknown as Conversation;
  let changes: MessageChanges;
  const toasts = (): string[] =>
    TestBed.inject(Toasts)
      .all()
      .map(({ text }) => text);

  beforeEach(() => {
    vi.clearAllMocks();
    TestBed.configureTestingModule({ providers: [MessageChanges] });
    changes = TestBed.inject(MessageChanges);
    changes.begin(context);
  });

  it('ends the editing at once', async () => {
    const editing = changes.edit(conversation, context, 'after');
    expect(changes.context()).toBeUndefined();
    await editing;
    expect(edit).toHaveBeenCalledExactlyOnceWith('message', 'after');
  });

  it('goes on editing after a failure, and says why', async () => {
    edit.mockRejectedValueOnce(rejection(403, 'forbidden'));
    await expect(changes.edit(conversation, context, 'after')).rejects.toThrow();
    expect(changes.context()).toBe(context);
    expect(toasts()[0]).toContain('15 minutes');
    edit.mockRejectedValueOnce(rejection(409, 'conflict'));
    await expect(changes.edit(conversation, context, 'after')).rejects.toThrow();
    expect(toasts()[1]).toContain('changed meanwhile');
  });

  it('deletes only after a question', async () => {
    const confirm = vi
      .spyOn(TestBed.inject(Dialogs), 'confirm')
      .mockResolvedValueOnce(false)
      .mockResolvedValueOnce(true);
    await changes.delete(conversation, row);
    expect(remove).not.toHaveBeenCalled();
    await changes.delete(conversation, row);
    expect(remove).toHaveBeenCalledExactlyOnceWith('message');
    expect(confirm).toHaveBeenCalledTimes(2);
  });
});
