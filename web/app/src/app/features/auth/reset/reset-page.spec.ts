import { ComponentFixture, TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { PALOMA } from '../../../core/paloma';
import { ForgotPage } from './forgot-page';
import { ResetPage } from './reset-page';

const session = {
  forgot: vi.fn(() => Promise.resolve()),
  reset: vi.fn(() => Promise.resolve()),
  logIn: vi.fn(() => Promise.resolve({ kind: 'signedIn' })),
};

/** The fields of a page by their labels, in order. */
function fields(page: ComponentFixture<unknown>): Map<string, HTMLInputElement> {
  const inputs = (page.nativeElement as HTMLElement).querySelectorAll('input');
  return new Map([...inputs].map((input) => [input.labels?.[0]?.textContent ?? '', input]));
}

function type(page: ComponentFixture<unknown>, label: string, text: string): void {
  const field = fields(page).get(label);
  if (field === undefined) throw new Error(`There is no field "${label}".`);
  field.value = text;
  field.dispatchEvent(new Event('input'));
}

async function submit(page: ComponentFixture<unknown>): Promise<void> {
  (page.nativeElement as HTMLElement).querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
  await page.whenStable();
}

describe('A forgotten password', () => {
  beforeEach(() => {
    vi.clearAllMocks();
    TestBed.configureTestingModule({ providers: [provideRouter([]), { provide: PALOMA, useValue: { session } }] });
  });

  it('the address gets a code, and goes to the next page', async () => {
    history.replaceState({}, '');
    const navigate = vi.spyOn(TestBed.inject(Router), 'navigate').mockResolvedValue(true);
    const page = TestBed.createComponent(ForgotPage);
    await page.whenStable();
    await submit(page);
    expect(session.forgot).not.toHaveBeenCalled();
    type(page, 'Email address', 'ana@example.com');
    await submit(page);
    expect(session.forgot).toHaveBeenCalledExactlyOnceWith('ana@example.com');
    const state = { email: 'ana@example.com' };
    expect(navigate).toHaveBeenCalledWith(['/reset'], expect.objectContaining({ state }));
  });

  it('the code and a password that meets the rules are sent, and log in', async () => {
    history.replaceState({ email: 'ana@example.com' }, '');
    const page = TestBed.createComponent(ResetPage);
    await page.whenStable();
    expect([...fields(page).keys()]).toEqual(['Email address', 'Code from the mail', 'New password']);
    expect(fields(page).get('Email address')?.value).toBe('ana@example.com');
    type(page, 'Code from the mail', '123 456');
    type(page, 'New password', 'short');
    await submit(page);
    expect(session.reset).not.toHaveBeenCalled();
    const credentials = { email: 'ana@example.com', password: 'Long enough 1' };
    type(page, 'New password', credentials.password);
    await page.whenStable();
    expect((page.nativeElement as HTMLElement).querySelectorAll('li:not(.met)')).toHaveLength(0);
    await submit(page);
    expect(session.reset).toHaveBeenCalledExactlyOnceWith({ ...credentials, code: '123456' });
    expect(session.logIn).toHaveBeenCalledExactlyOnceWith(credentials);
  });
});
