import { DialogRef } from '@angular/cdk/dialog';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { oneEmoji } from '../text/one-emoji';
import { FREQUENT } from './emoji';
import { EmojiDialog } from './emoji-dialog';
import { MORE_EMOJI } from './more-emoji';

describe('EmojiDialog', () => {
  const close = vi.fn<(emoji?: string) => void>();
  beforeEach(() => vi.clearAllMocks());

  async function open(): Promise<{ dialog: ComponentFixture<EmojiDialog>; element: HTMLElement }> {
    TestBed.configureTestingModule({ providers: [{ provide: DialogRef, useValue: { id: 'dialog', close } }] });
    const dialog = TestBed.createComponent(EmojiDialog);
    await dialog.whenStable();
    return { dialog, element: dialog.nativeElement as HTMLElement };
  }
  const buttons = (element: HTMLElement): HTMLElement[] => [
    ...element.querySelectorAll<HTMLElement>('[role="group"] button'),
  ];

  async function enter(text: string): Promise<HTMLElement> {
    const { dialog, element } = await open();
    const field = element.querySelector('input');
    if (field === null) throw new Error('There is no field.');
    field.value = text;
    field.dispatchEvent(new Event('input'));
    element.querySelector('form')?.dispatchEvent(new Event('submit'));
    await dialog.whenStable();
    return element;
  }

  it('closes with the emoji of a click', async () => {
    const { element } = await open();
    buttons(element)[2]?.click();
    expect(close).toHaveBeenCalledExactlyOnceWith(MORE_EMOJI[2]);
  });

  it('closes with an emoji that the user enters', async () => {
    await enter(' 🦔 ');
    expect(close).toHaveBeenCalledExactlyOnceWith('🦔');
  });

  it('takes nothing else', async () => {
    const element = await enter('ok');
    expect(close).not.toHaveBeenCalled();
    expect(element.querySelector('[role="alert"]')?.textContent).toContain('one emoji');
  });

  it('has one stop of Tab in the grid, which the arrows move', async () => {
    const { dialog, element } = await open();
    const stop = (): number => buttons(element).findIndex(({ tabIndex }) => tabIndex === 0);
    expect(stop()).toBe(0);
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft']) {
      buttons(element)[stop()]?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      await dialog.whenStable();
    }
    expect(stop()).toBe(1);
    expect(buttons(element).filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
  });
});

describe('the emoji of the grid', () => {
  it('are single emoji, each once', () => {
    const all = [...FREQUENT, ...MORE_EMOJI];
    expect(all.filter((emoji) => oneEmoji(emoji) !== emoji)).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });
});
