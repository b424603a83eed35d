import { TestBed } from '@angular/core/testing';
import { PALOMA } from './paloma';
import { warnBeforeLeaving } from './warn-before-leaving';

/** Whether the browser would ask. */
function asks(storage: string, unsent: readonly string[], drafts: readonly string[]): boolean {
  TestBed.resetTestingModule();
  const paloma = {
    storage: { value: { kind: storage } },
    outbox: { entries: { value: unsent } },
    drafts: { all: { value: new Map(drafts.map((text) => [text, text])) } },
  };
  TestBed.configureTestingModule({ providers: [{ provide: PALOMA, useValue: paloma }] });
  TestBed.runInInjectionContext(warnBeforeLeaving);
  return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
}

describe('warnBeforeLeaving', () => {
  it.each(['memory', 'full'])('asks while a text is in memory alone: %s', (storage) => {
    expect(asks(storage, ['unsent'], [])).toBe(true);
    expect(asks(storage, [], ['draft'])).toBe(true);
    expect(asks(storage, [], [])).toBe(false);
  });

  it.each(['persistent', 'evictable'])('does not ask when the browser has stored the texts: %s', (storage) => {
    expect(asks(storage, ['unsent'], ['draft'])).toBe(false);
  });
});
