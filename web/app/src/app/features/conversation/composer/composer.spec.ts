import { ComponentFixture, TestBed } from '@angular/core/testing';
import { PALOMA } from '../../../core/paloma';
import { Composer } from './composer';
import { FakeDrafts } from './fake-drafts';
import { SendingTexts } from './sending-texts';

describe('Composer', () => {
  let drafts: FakeDrafts;
  let stored: PromiseWithResolvers<void>;
  let sent: string[];

  beforeEach(() => {
    vi.stubGlobal('matchMedia', () => ({ matches: false }));
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    drafts = new FakeDrafts();
    stored = Promise.withResolvers();
    sent = [];
    TestBed.configureTestingModule({ providers: [SendingTexts, { provide: PALOMA, useValue: { drafts } }] });
  });

  async function open(key = 'chat'): Promise<ComponentFixture<Composer>> {
    const composer = TestBed.createComponent(Composer);
    composer.componentRef.setInput('draftKey', key);
    composer.componentRef.setInput('send', (text: string) => {
      sent.push(text);
      return stored.promise;
    });
    await composer.whenStable();
    return composer;
  }

  function field(composer: ComponentFixture<Composer>): HTMLTextAreaElement {
    const found = (composer.nativeElement as HTMLElement).querySelector('textarea');
    if (found === null) throw new Error('There is no field.');
    return found;
  }

  function type(composer: ComponentFixture<Composer>, text: string): void {
    field(composer).value = text;
    field(composer).dispatchEvent(new Event('input'));
  }

  function enter(composer: ComponentFixture<Composer>): void {
    field(composer).dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }));
  }

  function press(composer: ComponentFixture<Composer>, key: string): boolean {
    return field(composer).dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
  }

  async function settled(composer: ComponentFixture<Composer>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    await composer.whenStable();
  }

  it('keeps both, a stored draft that was loaded late and what the user types', async () => {
    const composer = await open();
    type(composer, 'a');
    await composer.whenStable();
    void drafts.set('chat', 'stored\na');
    // The next key comes before the field shows the stored draft.
    type(composer, 'ab');
    expect(drafts.get('chat')).toBe('stored\nab');
    await composer.whenStable();
    expect(field(composer).value).toBe('stored\nab');
    void drafts.set('chat', 'older\nstored\nab');
    await composer.whenStable();
    expect(field(composer).value).toBe('older\nstored\nab');
  });

  it('leaves what the user types alone when another tab changes the draft', async () => {
    const composer = await open();
    type(composer, 'typed here');
    await composer.whenStable();
    void drafts.set('chat', 'of another tab');
    await composer.whenStable();
    expect(field(composer).value).toBe('typed here');
  });

  it('does not show a text again that is being stored when the user leaves and returns', async () => {
    const left = await open();
    type(left, 'Hello');
    enter(left);
    expect(drafts.get('chat')).toBe('Hello');
    left.destroy();
    const composer = await open();
    expect(field(composer).value).toBe('');
    enter(composer);
    expect(sent).toEqual(['Hello']);
    type(composer, 'next');
    expect(drafts.get('chat')).toBe('Hello\nnext');
    stored.resolve();
    await settled(composer);
    expect(drafts.get('chat')).toBe('next');
    expect(field(composer).value).toBe('next');
  });

  it('brings a text back that could not be stored, before what was typed since, also after a return', async () => {
    const left = await open();
    type(left, 'Hello');
    enter(left);
    left.destroy();
    const composer = await open();
    type(composer, 'next');
    stored.reject(new Error('The session has ended.'));
    await settled(composer);
    expect(field(composer).value).toBe('Hello\nnext');
    expect(drafts.get('chat')).toBe('Hello\nnext');
  });

  it('asks to edit the last message with ArrowUp, if the field is empty', async () => {
    const composer = await open();
    let asked = 0;
    composer.componentInstance.editLast.subscribe(() => asked++);
    expect(press(composer, 'ArrowUp')).toBe(false);
    expect(asked).toBe(1);
    type(composer, 'text');
    await settled(composer);
    expect(press(composer, 'ArrowUp')).toBe(true);
    expect(asked).toBe(1);
  });
});
