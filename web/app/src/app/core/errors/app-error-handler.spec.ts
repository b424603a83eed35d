import { TestBed } from '@angular/core/testing';
import { PalomaError } from '@paloma/client';
import { Toasts } from '../../shared/toast/toasts';
import { AppErrorHandler } from './app-error-handler';

const SECRET = 'the text of a message';

describe('AppErrorHandler', () => {
  it.each([
    new Error(SECRET),
    new PalomaError('offline', SECRET),
    new PalomaError('unexpected', SECRET),
    SECRET,
    { message: SECRET },
  ])('shows a sentence, and neither shows nor logs the content of %j', (error) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    TestBed.configureTestingModule({ providers: [AppErrorHandler] });
    TestBed.inject(AppErrorHandler).handleError(error);
    const [toast] = TestBed.inject(Toasts).all();
    expect(toast?.text).toMatch(/[Tt]ry again/);
    expect(JSON.stringify(log.mock.calls)).not.toContain(SECRET);
    expect(toast?.text).not.toContain(SECRET);
    log.mockRestore();
  });
});
