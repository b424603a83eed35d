import { DialogRef } from '@angular/cdk/dialog';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import type { Profile } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { NewGroupDialog } from './new-group-dialog';

describe('NewGroupDialog', () => {
  let found: PromiseWithResolvers<Profile>;
  const createGroup = vi.fn(() => Promise.resolve('group'));
  const close = vi.fn();
  let dialog: ComponentFixture<NewGroupDialog>;

  beforeEach(async () => {
    vi.clearAllMocks();
    found = Promise.withResolvers();
    const chats = { createGroup, findByEmail: () => found.promise };
    const session = { state: { value: { kind: 'signedOut' } } };
    TestBed.configureTestingModule({
      providers: [
        { provide: PALOMA, useValue: { chats, session } },
        { provide: DialogRef, useValue: { close } },
      ],
    });
    dialog = TestBed.createComponent(NewGroupDialog);
    await dialog.whenStable();
    const [name, email] = (dialog.nativeElement as HTMLElement).querySelectorAll('input');
    type(name, 'Trip');
    type(email, 'ben@example.com');
  });

  function type(field: HTMLInputElement | undefined, text: string): void {
    if (field === undefined) throw new Error('The field is missing.');
    field.value = text;
    field.dispatchEvent(new Event('input'));
  }

  async function submit(): Promise<void> {
    (dialog.nativeElement as HTMLElement).querySelector('form')?.dispatchEvent(new Event('submit'));
    await dialog.whenStable();
  }

  async function answer(): Promise<void> {
    found.resolve({ userId: 'ben', name: 'Ben' } as Profile);
    await new Promise((resolve) => setTimeout(resolve));
  }

  it('adds the member of the address in the field, and creates the group', async () => {
    await submit();
    await answer();
    const group = { name: 'Trip', participants: ['ben'], clientChatId: expect.any(String) as string };
    expect(createGroup).toHaveBeenCalledExactlyOnceWith(group);
    expect(close).toHaveBeenCalledExactlyOnceWith('group');
  });

  it('creates nothing once it is closed', async () => {
    await submit();
    dialog.destroy();
    await answer();
    expect(createGroup).not.toHaveBeenCalled();
  });
});
