import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { PalomaError, type People, type Problem } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Toasts } from '../../shared/toast/toasts';
import { ReportDialog } from './report-dialog';
import { Reporting } from './reporting';

const problem = (kind: string, status: number): PalomaError =>
  new PalomaError('problem', '?', { type: `urn:paloma:problem:${kind}`, status, title: '', detail: '' } as Problem);

describe('ReportDialog', () => {
  const report = vi.fn<People['report']>(() => Promise.resolve());
  const close = vi.fn();

  beforeEach(() => vi.clearAllMocks());

  async function open(): Promise<ComponentFixture<ReportDialog>> {
    TestBed.configureTestingModule({
      providers: [
        { provide: PALOMA, useValue: { people: { report } } },
        { provide: DIALOG_DATA, useValue: { item: { messageId: 'message' }, title: 'Report this message' } },
        { provide: DialogRef, useValue: { close, id: 'dialog' } },
      ],
    });
    const dialog = TestBed.createComponent(ReportDialog);
    await dialog.whenStable();
    return dialog;
  }

  async function send(dialog: ComponentFixture<ReportDialog>, reason: string): Promise<string> {
    const element = dialog.nativeElement as HTMLElement;
    const input = element.querySelector('input');
    if (input === null) throw new Error('no field');
    input.value = reason;
    input.dispatchEvent(new Event('input'));
    await dialog.whenStable();
    element.querySelector<HTMLButtonElement>('[type="submit"]')?.click();
    await new Promise((resolve) => setTimeout(resolve));
    await dialog.whenStable();
    return element.textContent ?? '';
  }

  it('sends the reason, and says thank you', async () => {
    await send(await open(), ' This is a threat. ');
    expect(report).toHaveBeenCalledExactlyOnceWith({ messageId: 'message' }, 'This is a threat.');
    expect(close).toHaveBeenCalledExactlyOnceWith(true);
    expect(TestBed.inject(Toasts).all()[0]?.text).toContain('Thank you');
  });

  it('sends no report without a reason, or with a long one', async () => {
    const dialog = await open();
    expect(await send(dialog, '')).toContain('Fill in this field.');
    expect(await send(dialog, '   ')).toContain('Say what is wrong');
    expect(await send(dialog, 'a'.repeat(1_001))).toContain('1,000 characters');
    expect(report).not.toHaveBeenCalled();
    await send(dialog, '😀'.repeat(1_000));
    expect(report).toHaveBeenCalledOnce();
  });

  it('stays open after a failure, and says why', async () => {
    const dialog = await open();
    report.mockRejectedValueOnce(problem('conflict', 409));
    expect(await send(dialog, 'spam')).toContain('Report its sender');
    report.mockRejectedValueOnce(new PalomaError('offline', '?'));
    expect(await send(dialog, 'spam')).toContain('Check your connection');
    expect(close).not.toHaveBeenCalled();
    await send(dialog, 'spam');
    expect(close).toHaveBeenCalledOnce();
  });

  it('opens for messages, users and chats', () => {
    const opened = vi.fn<Dialogs['open']>();
    TestBed.configureTestingModule({ providers: [{ provide: Dialogs, useValue: { open: opened } }] });
    const reporting = TestBed.inject(Reporting);
    reporting.message('m');
    reporting.user({ userId: 'u', name: 'Ana' });
    reporting.chat('c');
    expect(opened.mock.calls.map(([, data]) => data)).toEqual([
      { item: { messageId: 'm' }, title: 'Report this message' },
      { item: { userId: 'u' }, title: 'Report Ana' },
      { item: { chatId: 'c' }, title: 'Report this chat' },
    ]);
  });
});
