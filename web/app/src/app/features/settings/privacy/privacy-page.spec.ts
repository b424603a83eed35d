import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { PalomaError, type Privacy, type SessionState } from '@paloma/client';
import { PALOMA } from '../../../core/paloma';
import { PrivacyPage } from './privacy-page';

const STORED: Privacy = {
  presence: 'everyone',
  receipts: 'everyone',
  discoverableByEmail: 'contacts',
  groups: 'everyone',
  changedAt: 1,
};

async function opened() {
  const privacy = signal<Privacy | undefined>(undefined);
  const state = {
    get value(): SessionState {
      const stored = privacy();
      const user = { userId: 'ana', name: 'Ana', createdAt: 1, ...(stored && { privacy: stored }) };
      return { kind: 'signedIn', user };
    },
    subscribe: () => () => undefined,
  };
  const connection = { value: { kind: 'open' }, subscribe: () => () => undefined };
  const changePrivacy = vi.fn<(change: object) => Promise<void>>(() => Promise.resolve());
  const refresh = vi.fn(() => Promise.resolve());
  TestBed.configureTestingModule({
    providers: [
      provideRouter([]),
      {
        provide: PALOMA,
        useValue: { account: { changePrivacy, refresh }, session: { state }, connection: { state: connection } },
      },
    ],
  });
  const page = TestBed.createComponent(PrivacyPage);
  const element = page.nativeElement as HTMLElement;
  await page.whenStable();
  const chosen = () => [...element.querySelectorAll<HTMLInputElement>('input:checked')].map(({ value }) => value);
  const choose = (setting: string, circle: string) =>
    element.querySelector<HTMLInputElement>(`[data-testid="privacy-${setting}"] [value="${circle}"]`)?.click();
  return { page, element, privacy, changePrivacy, refresh, chosen, choose };
}

describe('PrivacyPage', () => {
  it('reads the settings, shows them, and changes one of them', async () => {
    const { page, element, privacy, changePrivacy, refresh, chosen, choose } = await opened();
    expect(refresh).toHaveBeenCalledOnce();
    expect(element.textContent).toContain('Loading');
    privacy.set(STORED);
    await page.whenStable();
    expect(chosen()).toEqual(['everyone', 'everyone', 'contacts', 'everyone']);
    changePrivacy.mockImplementation((change) => {
      privacy.set({ ...STORED, ...change, changedAt: 2 });
      return Promise.resolve();
    });
    choose('receipts', 'nobody');
    await page.whenStable();
    expect(changePrivacy).toHaveBeenCalledExactlyOnceWith({ receipts: 'nobody' });
    expect(chosen()).toEqual(['everyone', 'nobody', 'contacts', 'everyone']);
    expect(element.textContent).toContain('you will not see read receipts of others either');
  });

  it('goes back to the stored setting when the change fails', async () => {
    const { page, privacy, changePrivacy, chosen, choose } = await opened();
    privacy.set(STORED);
    await page.whenStable();
    changePrivacy.mockRejectedValue(new PalomaError('offline', 'No connection.'));
    choose('presence', 'nobody');
    await vi.waitFor(() => expect(chosen()).toEqual(['everyone', 'everyone', 'contacts', 'everyone']));
  });
});
