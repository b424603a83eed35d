import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import type { BlockedUser } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { TimeTexts } from '../../../shared/time/time-texts';
import { BlockedPage } from './blocked-page';

describe('BlockedPage', () => {
  it('lists blocked people by name, unblocks them, and keeps the keyboard on the page', async () => {
    const users = signal<readonly BlockedUser[] | undefined>(undefined);
    const blocked = {
      get value() {
        return users();
      },
      subscribe: () => () => undefined,
    };
    const unblock = vi.fn((id: string) => {
      users.update((all) => all?.filter(({ userId }) => userId !== id));
      return Promise.resolve();
    });
    TestBed.configureTestingModule({
      providers: [
        provideRouter([]),
        { provide: PALOMA, useValue: { people: { blocked, unblock } } },
        { provide: TimeTexts, useValue: { full: String } },
      ],
    });
    const page = TestBed.createComponent(BlockedPage);
    const element = page.nativeElement as HTMLElement;
    document.body.append(element);
    await page.whenStable();
    expect(element.textContent).toContain('Loading');
    users.set(['Zoe', 'Ana'].map((name) => ({ userId: name, name, blockedAt: 1 })));
    await page.whenStable();
    const names = () => [...element.querySelectorAll('li p[dir]')].map((name) => name.textContent);
    expect(names()).toEqual(['Ana', 'Zoe']);
    element.querySelector<HTMLElement>('[aria-label="Unblock Ana"]')?.click();
    await vi.waitFor(() => expect(document.activeElement?.textContent).toContain('In your chat with a blocked person'));
    await page.whenStable();
    expect(unblock).toHaveBeenCalledExactlyOnceWith('Ana');
    expect(names()).toEqual(['Zoe']);
    users.set([]);
    await page.whenStable();
    expect(element.textContent).toContain('No blocked people');
  });
});
