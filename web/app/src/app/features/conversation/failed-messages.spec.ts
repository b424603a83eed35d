import { TestBed } from '@angular/core/testing';
import { PalomaError, type OutboxEntry, type Row } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Toasts } from '../../shared/toast/toasts';
import { FailedMessages } from './failed-messages';

const row = { clientMessageId: 'id', content: 'Hello' } as Row;

describe('FailedMessages', () => {
  let entries: Pick<OutboxEntry, 'clientMessageId' | 'state'>[];
  let storageWorks: boolean;
  let steps: string[];
  let draftStored: PromiseWithResolvers<void>;
  let failed: FailedMessages;

  const outbox = {
    get entries() {
      return { value: entries };
    },
    discard: (): Promise<string | undefined> => {
      steps.push('remove');
      const isFailed = entries.some(({ state }) => state === 'failed');
      if (!isFailed) return Promise.resolve(undefined);
      if (!storageWorks) return Promise.reject(new PalomaError('storage', 'The browser could not delete it.'));
      entries = [];
      return Promise.resolve('Hello');
    },
  };
  const field = {
    restore: (text: string): Promise<void> => {
      steps.push(`restore ${text}`);
      return draftStored.promise;
    },
    takeBack: (text: string): void => void steps.push(`take back ${text}`),
  };

  beforeEach(() => {
    entries = [{ clientMessageId: 'id', state: 'failed' }];
    storageWorks = true;
    steps = [];
    draftStored = Promise.withResolvers();
    TestBed.configureTestingModule({ providers: [FailedMessages, { provide: PALOMA, useValue: { outbox } }] });
    failed = TestBed.inject(FailedMessages);
  });

  function toasts(): readonly string[] {
    return TestBed.inject(Toasts)
      .all()
      .map(({ text }) => text);
  }

  it('stores the draft before it removes the message, once for two clicks', async () => {
    const edited = [failed.edit(row, field), failed.edit(row, field)];
    await Promise.resolve();
    expect(steps).toEqual(['restore Hello']);
    draftStored.resolve();
    await Promise.all(edited);
    expect(steps).toEqual(['restore Hello', 'remove']);
  });

  it('takes the text back from the field when another tab has sent the message again', async () => {
    const edited = failed.edit(row, field);
    entries = [{ clientMessageId: 'id', state: 'queued' }];
    draftStored.resolve();
    await edited;
    expect(steps).toEqual(['restore Hello', 'remove', 'take back Hello']);
    expect(toasts()).toEqual([]);
  });

  it('keeps the text in the field when the storage fails, and says so', async () => {
    storageWorks = false;
    draftStored.resolve();
    await failed.edit(row, field);
    expect(steps).toEqual(['restore Hello', 'remove']);
    expect(toasts()).toEqual([expect.stringContaining('could not delete')]);
  });

  it('says that a message could not be discarded, and discards it when the storage works again', async () => {
    storageWorks = false;
    expect(await failed.discard(row)).toBe(false);
    expect(toasts()).toEqual([expect.stringContaining('Try again')]);
    storageWorks = true;
    expect(await failed.discard(row)).toBe(true);
  });
});
