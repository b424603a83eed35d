import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { PALOMA } from '../../core/paloma';
import { FakeDrafts } from './composer/fake-drafts';
import { SendingTexts } from './composer/sending-texts';
import { NewChats } from './new-chats';
import { NewConversation } from './new-conversation';

/** The parts of the library that the page uses. The server answers when the test says so. */
class FakePaloma {
  readonly sent: string[] = [];
  readonly drafts = new FakeDrafts();
  readonly stored = this.drafts.stored;
  readonly created = Promise.withResolvers<string>();
  creations = 0;
  readonly chats = {
    createDirect: (): Promise<string> => {
      this.creations++;
      return this.created.promise;
    },
  };

  conversation(chatId: string): { send: (text: string) => Promise<void>; close: () => void } {
    const send = (text: string): Promise<void> => {
      this.sent.push(`${chatId}: ${text}`);
      return Promise.resolve();
    };
    return { send, close: () => undefined };
  }
}

describe('NewConversation', () => {
  let paloma: FakePaloma;
  let page: ComponentFixture<NewConversation>;
  let navigate: ReturnType<typeof vi.spyOn>;

  beforeEach(async () => {
    vi.stubGlobal('matchMedia', () => ({ matches: false }));
    paloma = new FakePaloma();
    const providers = [provideRouter([]), NewChats, SendingTexts, { provide: PALOMA, useValue: paloma }];
    TestBed.configureTestingModule({ providers });
    navigate = vi.spyOn(TestBed.inject(Router), 'navigate').mockResolvedValue(true);
    page = TestBed.createComponent(NewConversation);
    await show('ana', 'Ana');
  });

  async function show(userId: string, name: string): Promise<void> {
    history.replaceState({ name }, '');
    page.componentRef.setInput('userId', userId);
    await page.whenStable();
  }

  function field(): HTMLTextAreaElement {
    const found = (page.nativeElement as HTMLElement).querySelector('textarea');
    if (found === null) throw new Error('There is no composer.');
    return found;
  }

  function write(text: string): void {
    field().value = text;
    field().dispatchEvent(new Event('input'));
  }

  function send(text: string): void {
    write(text);
    field().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
  }

  async function answer(): Promise<void> {
    paloma.created.resolve('chat');
    await new Promise((resolve) => setTimeout(resolve));
    await page.whenStable();
  }

  it('shows a draft that a slow storage finds late', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    void paloma.drafts.set('new:ana', 'Hello');
    await page.whenStable();
    expect(field().value).toBe('Hello');
  });

  it('creates the chat once, and keeps the order of messages', async () => {
    send('one');
    send('two');
    await answer();
    expect(paloma.creations).toBe(1);
    expect(paloma.sent).toEqual(['chat: one', 'chat: two']);
    expect(paloma.stored).toEqual(new Map());
  });

  it('takes the text that is typed meanwhile along to the chat', async () => {
    send('one');
    write('tw');
    await answer();
    expect(field().value).toBe('tw');
    expect(paloma.stored).toEqual(new Map([['chat', 'tw']]));
    expect(navigate).toHaveBeenCalledWith(['/chats', 'chat'], { replaceUrl: true });
  });

  it('shows the name of the next member, and stays there when the chat of the last one is created', async () => {
    send('for Ana');
    await show('ben', 'Ben');
    write('for Ben');
    await answer();
    expect((page.nativeElement as HTMLElement).querySelector('h1')?.textContent).toBe('Ben');
    expect(field().value).toBe('for Ben');
    expect(paloma.sent).toEqual(['chat: for Ana']);
    expect(paloma.stored).toEqual(new Map([['new:ben', 'for Ben']]));
    expect(navigate).not.toHaveBeenCalled();
  });

  it('goes on to the chat after the user has left and returned while it was created', async () => {
    send('one');
    page.destroy();
    page = TestBed.createComponent(NewConversation);
    await show('ana', 'Ana');
    expect(field().value).toBe('');
    write('tw');
    await answer();
    expect(paloma.creations).toBe(1);
    expect(paloma.sent).toEqual(['chat: one']);
    expect(paloma.stored).toEqual(new Map([['chat', 'tw']]));
    expect(navigate).toHaveBeenCalledWith(['/chats', 'chat'], { replaceUrl: true });
  });
});
