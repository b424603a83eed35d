import { OverlayContainer } from '@angular/cdk/overlay';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { PalomaError, type Chats, type ChatSummary, type LastRow, type Problem } from '@paloma/client';
import { PALOMA } from '../../core/paloma';
import { WallClock } from '../../shared/time/wall-clock';
import { Dialogs } from '../../shared/dialog/dialogs';
import { Toasts } from '../../shared/toast/toasts';
import { ChatMenu } from './chat-menu';

describe('ChatMenu', () => {
  const chats = {
    mute: vi.fn<Chats['mute']>(() => Promise.resolve()),
    pin: vi.fn<Chats['pin']>(() => Promise.resolve()),
    archive: vi.fn<Chats['archive']>(() => Promise.resolve()),
    markUnread: vi.fn<Chats['markUnread']>(() => Promise.resolve()),
    markRead: vi.fn<Chats['markRead']>(() => Promise.resolve()),
    clear: vi.fn<Chats['clear']>(() => Promise.resolve()),
  };

  beforeEach(() => vi.clearAllMocks());

  async function open(change: Partial<ChatSummary> = {}): Promise<ComponentFixture<ChatMenu>> {
    TestBed.configureTestingModule({
      providers: [
        { provide: PALOMA, useValue: { chats } },
        { provide: WallClock, useValue: { now: () => 0 } },
      ],
    });
    const menu = TestBed.createComponent(ChatMenu);
    const settings = { pinned: false, archived: false, markedUnread: false, mutedUntil: undefined, unread: 0 };
    menu.componentRef.setInput('chat', { chatId: 'chat', ...settings, ...change });
    await menu.whenStable();
    (menu.nativeElement as HTMLElement).querySelector('button')?.click();
    await menu.whenStable();
    return menu;
  }

  const items = (): HTMLElement[] => [
    ...TestBed.inject(OverlayContainer).getContainerElement().querySelectorAll<HTMLElement>('[role="menuitem"]'),
  ];
  const texts = (): (string | undefined)[] => items().map((item) => item.textContent?.trim());

  async function choose(menu: ComponentFixture<ChatMenu>, name: string): Promise<void> {
    const item = items().find((one) => one.textContent?.trim() === name);
    if (item === undefined) throw new Error(`No item is named ${name}, only ${texts().join(', ')}.`);
    item.click();
    await new Promise((resolve) => setTimeout(resolve));
    await menu.whenStable();
  }

  const toasts = (): string[] =>
    TestBed.inject(Toasts)
      .all()
      .map(({ text }) => text);

  it('offers the settings that the chat does not have', async () => {
    await open();
    expect(texts().slice(0, 3)).toEqual(['Pin', 'Mark as unread', 'Archive']);
  });

  it('offers to end the settings that the chat has', async () => {
    await open({ pinned: true, archived: true, markedUnread: true });
    expect(texts().slice(0, 3)).toEqual(['Unpin', 'Mark as read', 'Move out of the archive']);
  });

  it('offers to read a chat with unread messages', async () => {
    const menu = await open({ unread: 2 });
    await choose(menu, 'Mark as read');
    expect(chats.markRead).toHaveBeenCalledExactlyOnceWith('chat');
  });

  it('pins, and says what to do about a fourth pin', async () => {
    const conflict = { type: 'urn:paloma:problem:conflict', status: 409, title: '', detail: '' } as Problem;
    chats.pin.mockRejectedValueOnce(new PalomaError('problem', '?', conflict));
    const menu = await open();
    await choose(menu, 'Pin');
    expect(chats.pin).toHaveBeenCalledExactlyOnceWith('chat', true);
    expect(toasts()).toEqual(['You can pin three chats. Unpin one first.']);
  });

  it('archives, and says when the chat comes back', async () => {
    const menu = await open();
    await choose(menu, 'Archive');
    expect(chats.archive).toHaveBeenCalledExactlyOnceWith('chat', true);
    expect(toasts()).toEqual(['The chat is in the archive until its next message.']);
  });

  it('clears a chat with messages after a question', async () => {
    const confirm = vi.spyOn(Dialogs.prototype, 'confirm').mockResolvedValueOnce(false).mockResolvedValueOnce(true);
    const menu = await open({ last: {} as LastRow });
    await choose(menu, 'Clear chat');
    expect(chats.clear).not.toHaveBeenCalled();
    (menu.nativeElement as HTMLElement).querySelector('button')?.click();
    await menu.whenStable();
    await choose(menu, 'Clear chat');
    expect(confirm).toHaveBeenCalledTimes(2);
    expect(chats.clear).toHaveBeenCalledExactlyOnceWith('chat');
    expect(toasts()).toEqual(['The chat is empty now.']);
  });

  it('offers to block the other member of a direct chat, or to end the block', async () => {
    const other = { userId: 'b', name: 'Bruno' };
    await open({ other, blocked: false });
    expect(texts().at(-1)).toBe('Block…');
    TestBed.resetTestingModule();
    await open({ other, blocked: true });
    expect(texts().at(-1)).toBe('Unblock');
    TestBed.resetTestingModule();
    await open({ other: undefined });
    expect(texts().at(-1)).toBe('Report…');
  });

  it('says nothing but the problem when a call fails', async () => {
    chats.archive.mockRejectedValueOnce(new PalomaError('offline', '?'));
    const menu = await open();
    await choose(menu, 'Archive');
    expect(toasts()).toHaveLength(1);
    expect(toasts()[0]).toContain('connection');
  });
});
