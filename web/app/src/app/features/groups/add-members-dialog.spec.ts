import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { PalomaError, type Groups } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { AddMembersDialog } from './add-members-dialog';

describe('AddMembersDialog', () => {
  const add = vi.fn<Groups['add']>(() => Promise.resolve());
  const close = vi.fn();

  beforeEach(() => vi.clearAllMocks());

  async function open(isAdmin: boolean): Promise<ComponentFixture<AddMembersDialog>> {
    const findByEmail = (email: string) => Promise.resolve({ userId: email.split('@')[0], name: email });
    const session = { state: { value: { kind: 'signedOut' } } };
    TestBed.configureTestingModule({
      providers: [
        { provide: PALOMA, useValue: { chats: { findByEmail }, groups: { add }, session } },
        { provide: DialogRef, useValue: { close } },
        { provide: DIALOG_DATA, useValue: { chatId: 'chat', isAdmin } },
      ],
    });
    const dialog = TestBed.createComponent(AddMembersDialog);
    await dialog.whenStable();
    const field = (dialog.nativeElement as HTMLElement).querySelector('input');
    if (field === null) throw new Error('The field is missing.');
    field.value = 'ben@example.com';
    field.dispatchEvent(new Event('input'));
    return dialog;
  }

  async function submit(dialog: ComponentFixture<AddMembersDialog>): Promise<void> {
    (dialog.nativeElement as HTMLElement).querySelector('form')?.dispatchEvent(new Event('submit'));
    await new Promise((resolve) => setTimeout(resolve));
    await dialog.whenStable();
  }

  const history = (dialog: ComponentFixture<AddMembersDialog>): HTMLElement | null =>
    (dialog.nativeElement as HTMLElement).querySelector('[role="switch"]');

  it('adds the user of the address in the field, who sees messages from now on', async () => {
    const dialog = await open(false);
    expect(history(dialog)).toBeNull();
    await submit(dialog);
    const clientMessageId = expect.any(String) as string;
    expect(add).toHaveBeenCalledExactlyOnceWith('chat', { userIds: ['ben'], clientMessageId });
    expect(close).toHaveBeenCalledExactlyOnceWith(true);
  });

  it('tries again with the same id, and with another one after a change', async () => {
    add.mockRejectedValueOnce(new PalomaError('offline', '?')).mockRejectedValueOnce(new PalomaError('offline', '?'));
    const dialog = await open(true);
    await submit(dialog);
    expect((dialog.nativeElement as HTMLElement).querySelector('[role="alert"]')).not.toBeNull();
    await submit(dialog);
    history(dialog)?.click();
    await submit(dialog);
    const [first, second, third] = add.mock.calls.map(([, addition]) => addition);
    expect(second?.clientMessageId).toBe(first?.clientMessageId);
    expect(third?.clientMessageId).not.toBe(first?.clientMessageId);
    expect(third?.history).toBe(true);
    expect(close).toHaveBeenCalledOnce();
  });
});
