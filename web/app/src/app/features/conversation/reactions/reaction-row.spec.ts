import { ComponentFixture, TestBed } from '@angular/core/testing';
import type { Reaction } from '@paloma/client';
import { peopleText } from './people-text';
import { ReactionRow } from './reaction-row';

const reaction = (emoji: string, count: number, people: string[], own = false): Reaction => {
  return { emoji, count, people, own };
};
const nameOf = (userId: string): string => (userId === 'me' ? 'You' : userId);

describe('ReactionRow', () => {
  async function show(reactions: Reaction[], mayReact: boolean): Promise<ComponentFixture<ReactionRow>> {
    const row = TestBed.createComponent(ReactionRow);
    for (const [name, value] of Object.entries({ reactions, mayReact, nameOf })) {
      row.componentRef.setInput(name, value);
    }
    await row.whenStable();
    return row;
  }
  const element = (row: ComponentFixture<ReactionRow>): HTMLElement => row.nativeElement as HTMLElement;

  it('has a button for each emoji, which is pressed if it is the own one', async () => {
    const row = await show([reaction('👍', 2, ['me', 'Bruno'], true), reaction('🎉', 1, ['Carla'])], true);
    const buttons = [...element(row).querySelectorAll('button')];
    expect(buttons.map((button) => button.textContent.trim())).toEqual(['👍 2', '🎉 1']);
    expect(buttons.map((button) => button.ariaPressed)).toEqual(['true', 'false']);
    expect(buttons.map(({ title }) => title)).toEqual(['You and Bruno', 'Carla']);
  });

  it('emits the emoji of a click', async () => {
    const row = await show([reaction('👍', 1, ['Bruno'])], true);
    const toggled = vi.fn<(emoji: string) => void>();
    row.componentInstance.toggled.subscribe(toggled);
    element(row).querySelector('button')?.click();
    expect(toggled).toHaveBeenCalledExactlyOnceWith('👍');
  });

  it('has no buttons for a user who cannot react, and names the people', async () => {
    const row = await show([reaction('👍', 1, ['Bruno'])], false);
    expect(element(row).querySelector('button')).toBeNull();
    expect(element(row).textContent).toContain('Bruno');
  });
});

describe('peopleText', () => {
  it('names the people that are known, and counts the others', () => {
    expect(peopleText(reaction('👍', 7, ['me', 'Bruno']), nameOf)).toBe('You, Bruno, and 5 more');
    expect(peopleText(reaction('👍', 2, []), nameOf)).toBe('2 more');
  });
});
