import { TestBed } from '@angular/core/testing';
import { PalomaError, type People } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Toasts } from '../../shared/toast/toasts';
import { BlockedBar } from './blocked-bar';
import { Blocking } from './blocking';

const bruno = { userId: 'b', name: 'Bruno' };

describe('Blocking', () => {
  const people = {
    block: vi.fn<People['block']>(() => Promise.resolve()),
    unblock: vi.fn<People['unblock']>(() => Promise.resolve()),
  };
  const confirm = vi.fn<Dialogs['confirm']>(() => Promise.resolve(true));

  beforeEach(() => {
    vi.clearAllMocks();
    TestBed.configureTestingModule({
      providers: [
        { provide: PALOMA, useValue: { people } },
        { provide: Dialogs, useValue: { confirm } },
      ],
    });
  });

  const toasts = () => TestBed.inject(Toasts).all();

  it('asks first, and says what a block does', async () => {
    confirm.mockResolvedValueOnce(false);
    await TestBed.inject(Blocking).block(bruno);
    expect(confirm.mock.calls[0]?.[0].title).toBe('Block Bruno?');
    expect(confirm.mock.calls[0]?.[0].text).toContain('Bruno does not learn of it');
    expect(people.block).not.toHaveBeenCalled();
    expect(toasts()).toEqual([]);
  });

  it('blocks, and a toast undoes it', async () => {
    await TestBed.inject(Blocking).block(bruno);
    expect(people.block).toHaveBeenCalledExactlyOnceWith('b');
    expect(toasts().map(({ text, action }) => [text, action?.text])).toEqual([['You have blocked Bruno.', 'Undo']]);
    toasts()[0]?.action?.run();
    await vi.waitFor(() => expect(toasts().at(-1)?.text).toBe('You have unblocked Bruno.'));
    expect(people.unblock).toHaveBeenCalledExactlyOnceWith('b');
  });

  it('says why a block failed, and nothing else', async () => {
    people.block.mockRejectedValueOnce(new PalomaError('offline', '?'));
    await TestBed.inject(Blocking).block(bruno);
    expect(toasts().map(({ kind }) => kind)).toEqual(['problem']);
  });

  it('ends from the place of the composer, at the second try if the first one fails', async () => {
    const bar = TestBed.createComponent(BlockedBar);
    bar.componentRef.setInput('user', bruno);
    const element = bar.nativeElement as HTMLElement;
    await bar.whenStable();
    expect(element.textContent).toContain('You have blocked Bruno.');
    people.unblock.mockRejectedValueOnce(new PalomaError('offline', '?'));
    element.querySelector('button')?.click();
    await vi.waitFor(() => expect(toasts().map(({ kind }) => kind)).toEqual(['problem']));
    await bar.whenStable();
    element.querySelector('button')?.click();
    await vi.waitFor(() => expect(toasts().at(-1)?.text).toBe('You have unblocked Bruno.'));
    expect(people.unblock).toHaveBeenCalledTimes(2);
  });
});
