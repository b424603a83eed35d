import { signal } from '@angular/core';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';
import type { Chats, ChatSummary } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Toasts } from '../../shared/toast/toasts';
import { Reporting } from '../reports/reporting';
import { RequestBar } from './request-bar';

describe('RequestBar', () => {
  const chats = {
    accept: vi.fn<Chats['accept']>(() => Promise.resolve()),
    decline: vi.fn<Chats['decline']>(() => Promise.resolve()),
  };
  const navigate = vi.fn(() => Promise.resolve(true));
  const chat = vi.fn();

  beforeEach(() => vi.clearAllMocks());

  async function bar(kind: ChatSummary['kind']): Promise<ComponentFixture<RequestBar>> {
    TestBed.configureTestingModule({
      providers: [
        { provide: PALOMA, useValue: { chats } },
        { provide: Router, useValue: { navigate, events: { subscribe: vi.fn() }, url: signal('') } },
        { provide: Reporting, useValue: { chat } },
      ],
    });
    const shown = TestBed.createComponent(RequestBar);
    document.body.append(shown.nativeElement as HTMLElement);
    shown.componentRef.setInput('chat', { chatId: 'chat', kind, requestedBy: 'a' });
    shown.componentRef.setInput('nameOf', (id: string) => (id === 'a' ? 'Ana' : 'Another'));
    await shown.whenStable();
    return shown;
  }

  async function choose(shown: ComponentFixture<RequestBar>, name: string): Promise<void> {
    const buttons = [...(shown.nativeElement as HTMLElement).querySelectorAll('button')];
    const button = buttons.find(({ textContent }) => textContent.trim() === name);
    if (button === undefined) throw new Error(`No button is named ${name}.`);
    button.click();
    await new Promise((resolve) => setTimeout(resolve));
    await shown.whenStable();
  }

  const textOf = (shown: ComponentFixture<RequestBar>): string =>
    (shown.nativeElement as HTMLElement).querySelector('p')?.textContent ?? '';
  const toasts = () => TestBed.inject(Toasts).all();

  it('names the user who asks, and takes a focus that would be lost', async () => {
    const direct = await bar('direct');
    expect(textOf(direct)).toContain('Ana wants to chat with you.');
    expect(document.activeElement).toBe((direct.nativeElement as HTMLElement).querySelector('p'));
    TestBed.resetTestingModule();
    expect(textOf(await bar('group'))).toContain('Ana added you to this group.');
  });

  it('accepts at once', async () => {
    await choose(await bar('direct'), 'Accept');
    expect(chats.accept).toHaveBeenCalledExactlyOnceWith('chat');
    expect(toasts()).toEqual([]);
  });

  it('declines a direct chat without a question, and offers the way back', async () => {
    await choose(await bar('direct'), 'Decline');
    expect(chats.decline).toHaveBeenCalledExactlyOnceWith('chat');
    expect(navigate).toHaveBeenLastCalledWith(['/chats']);
    const [toast] = toasts();
    expect(toast?.text).toBe('You have declined the request.');
    toast?.action?.run();
    await vi.waitFor(() => expect(navigate).toHaveBeenLastCalledWith(['/chats', 'chat']));
    expect(chats.accept).toHaveBeenCalledExactlyOnceWith('chat');
  });

  it.each([
    ['group', 'Decline', [['chat']], 'Decline and leave the group?'],
    ['direct', 'Decline and block', [['chat', { block: true }]], 'Decline, and block Ana?'],
  ] as const)('asks before it ends a %s chat by %s', async (kind, name, calls, title) => {
    const confirm = vi.spyOn(Dialogs.prototype, 'confirm').mockResolvedValueOnce(false).mockResolvedValueOnce(true);
    const shown = await bar(kind);
    await choose(shown, name);
    expect(chats.decline).not.toHaveBeenCalled();
    await choose(shown, name);
    expect(confirm.mock.calls.map(([{ title: asked }]) => asked)).toEqual([title, title]);
    expect(chats.decline.mock.calls).toEqual(calls);
    expect(toasts()[0]?.action).toBeUndefined();
  });

  it('reports the chat', async () => {
    await choose(await bar('direct'), 'Report…');
    expect(chat).toHaveBeenCalledExactlyOnceWith('chat');
  });
});
