import { DIALOG_DATA, Dialog, DialogRef } from '@angular/cdk/dialog';
import { OverlayContainer } from '@angular/cdk/overlay';
import { signal, type WritableSignal } from '@angular/core';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { PalomaError, type ChatSummary, type Groups, type Problem } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Dialogs } from '../../shared/dialog/dialogs';
import { GroupDialog } from './group-dialog';

const names: Record<string, string> = { me: 'You', ana: 'Ana', ben: 'Ben' };

describe('GroupDialog', () => {
  const groups = {
    leave: vi.fn<Groups['leave']>(() => Promise.resolve()),
    remove: vi.fn<Groups['remove']>(() => Promise.resolve()),
    setRole: vi.fn<Groups['setRole']>(() => Promise.resolve()),
    change: vi.fn<Groups['change']>(() => Promise.resolve()),
  };
  const close = vi.fn();
  let shown: WritableSignal<object>;
  const confirm = vi.fn(() => Promise.resolve(true));

  beforeEach(() => vi.clearAllMocks());

  async function open(change: Partial<ChatSummary>): Promise<ComponentFixture<GroupDialog>> {
    const chat = {
      ...{ chatId: 'chat', kind: 'group', name: 'Trip', avatar: undefined, erased: [], role: 'admin' },
      ...{ participants: ['me', 'ana', 'ben'], admins: ['me', 'ana'], onlyAdminsWrite: false, onlyAdminsAdd: true },
      ...change,
    };
    shown = signal<object>(chat);
    const readable = <T>(value: T) => ({ value, subscribe: () => () => undefined });
    const session = { state: readable({ kind: 'signedIn', user: { userId: 'me' } }) };
    const people = {
      get: () => readable(undefined),
      blocked: readable([{ userId: 'ana', name: 'Ana', blockedAt: 1 }]),
    };
    const changing = {
      get value() {
        return shown();
      },
      subscribe: () => () => undefined,
    };
    const paloma = { chats: { get: () => changing }, groups, people, session };
    TestBed.configureTestingModule({
      providers: [
        { provide: PALOMA, useValue: paloma },
        { provide: DialogRef, useValue: { close } },
        { provide: Dialogs, useValue: { confirm, open: vi.fn() } },
        { provide: Dialog, useValue: {} },
        { provide: DIALOG_DATA, useValue: { chatId: 'chat', nameOf: (id: string) => names[id] ?? '' } },
      ],
    });
    const dialog = TestBed.createComponent(GroupDialog);
    await dialog.whenStable();
    return dialog;
  }

  const element = ({ nativeElement }: ComponentFixture<GroupDialog>): HTMLElement => nativeElement as HTMLElement;
  const texts = (root: Element): string[] =>
    [...root.querySelectorAll('button, [role="menuitem"]')].map(nameOf).filter((text) => text !== '');
  const nameOf = (one: Element): string => (one.getAttribute('aria-label') ?? one.textContent ?? '').trim();

  async function click(dialog: ComponentFixture<GroupDialog>, root: Element, name: string): Promise<void> {
    const found = [...root.querySelectorAll<HTMLElement>('button')].find((button) => nameOf(button) === name);
    if (found === undefined) throw new Error(`No button is named ${name}, only ${texts(root).join(', ')}.`);
    found.click();
    await dialog.whenStable();
    await new Promise((resolve) => setTimeout(resolve));
    await dialog.whenStable();
  }

  async function choose(dialog: ComponentFixture<GroupDialog>, member: string, action: string): Promise<void> {
    await click(dialog, element(dialog), `Actions for ${member}`);
    await click(dialog, TestBed.inject(OverlayContainer).getContainerElement(), action);
  }

  it('shows an admin the members with their roles, and everything that an admin may change', async () => {
    const dialog = await open({});
    const members = [...element(dialog).querySelectorAll('[data-testid="member"]')];
    const shown = members.map((member) => [...member.querySelectorAll('span, small')].map(nameOf));
    expect(shown).toEqual([['You', 'Admin'], ['Ana', 'Admin'], ['Ben']]);
    const names = texts(element(dialog));
    expect(names).toContain('Actions for Ben');
    expect(names).not.toContain('Actions for You');
    expect(names).toEqual(expect.arrayContaining(['Add members…', 'Leave the group…', 'Only admins can write']));
  });

  it('shows another member reports and blocks alone, and the addition where members may add', async () => {
    const dialog = await open({ role: 'member', admins: ['ana'] });
    expect(texts(element(dialog))).toEqual(['Close', 'Actions for Ana', 'Actions for Ben', 'Leave the group…']);
    await click(dialog, element(dialog), 'Actions for Ana');
    expect(texts(TestBed.inject(OverlayContainer).getContainerElement())).toEqual(['Report…', 'Unblock']);
    TestBed.resetTestingModule();
    const free = await open({ role: 'member', admins: ['ana'], onlyAdminsAdd: false });
    expect(texts(element(free))).toContain('Add members…');
  });

  it('offers a former member nothing', async () => {
    const dialog = await open({ role: 'former', participants: [], admins: [] });
    expect(texts(element(dialog))).toEqual(['Close']);
    expect(element(dialog).textContent).toContain('You are no longer a member');
  });

  it('makes admins, and removes members who then are confirmed', async () => {
    const dialog = await open({});
    await choose(dialog, 'Ben', 'Make admin');
    expect(groups.setRole).toHaveBeenCalledExactlyOnceWith('chat', 'ben', 'admin');
    await choose(dialog, 'Ana', 'Remove as admin');
    expect(groups.setRole).toHaveBeenLastCalledWith('chat', 'ana', 'member');
    confirm.mockResolvedValueOnce(false);
    await choose(dialog, 'Ben', 'Remove from the group…');
    expect(groups.remove).not.toHaveBeenCalled();
    await choose(dialog, 'Ben', 'Remove from the group…');
    expect(groups.remove).toHaveBeenCalledExactlyOnceWith('chat', 'ben');
  });

  it('offers in the menu of a member what the member is now', async () => {
    const dialog = await open({});
    await choose(dialog, 'Ben', 'Make admin');
    shown.update((chat) => ({ ...chat, admins: ['me', 'ana', 'ben'] }));
    await choose(dialog, 'Ben', 'Remove as admin');
    expect(groups.setRole).toHaveBeenLastCalledWith('chat', 'ben', 'member');
  });

  it('leaves after a confirmation, and closes', async () => {
    const dialog = await open({});
    await click(dialog, element(dialog), 'Leave the group…');
    expect(groups.leave).toHaveBeenCalledExactlyOnceWith('chat');
    expect(close).toHaveBeenCalledOnce();
  });

  it('says why a change failed, and stays open', async () => {
    const problem = { status: 409, type: 'urn:paloma:problem:conflict', title: 'Conflict', detail: '?' } as Problem;
    groups.setRole.mockRejectedValueOnce(new PalomaError('problem', '?', problem));
    const dialog = await open({});
    await choose(dialog, 'Ana', 'Remove as admin');
    expect(element(dialog).querySelector('[role="alert"]')?.textContent).toContain('A group needs an admin');
    expect(close).not.toHaveBeenCalled();
  });

  it('changes a permission', async () => {
    const dialog = await open({});
    await click(dialog, element(dialog), 'Only admins can write');
    expect(groups.change).toHaveBeenCalledExactlyOnceWith('chat', { onlyAdminsWrite: true });
    await click(dialog, element(dialog), 'Only admins can add members');
    expect(groups.change).toHaveBeenLastCalledWith('chat', { onlyAdminsAdd: false });
  });

  it('saves the fields that changed, and no other', async () => {
    const dialog = await open({});
    const [name] = element(dialog).querySelectorAll('input');
    if (name === undefined) throw new Error('The field is missing.');
    name.value = 'Long trip';
    name.dispatchEvent(new Event('input'));
    await dialog.whenStable();
    await click(dialog, element(dialog), 'Save');
    expect(groups.change).toHaveBeenCalledExactlyOnceWith('chat', { name: 'Long trip' });
  });
});
