import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { form, submit } from '@angular/forms/signals';
import { PalomaError, Problem } from '@paloma/client';
import { appCodeWrongText } from './field-sentences';
import { requiredRule } from './rules';
import { submission } from './submission';

const invalid: Problem = {
  type: 'urn:paloma:problem:invalid-field',
  title: 'A field is invalid',
  status: 400,
  detail: 'code is wrong',
  errors: [{ field: 'code', reason: 'is wrong' }],
};

function setUp(send: () => Promise<void>, fieldTexts: Record<string, string> = {}) {
  return TestBed.runInInjectionContext(() =>
    form(signal({ code: '123456' }), (path) => requiredRule(path.code), {
      submission: submission<{ code: string }>(send, { fieldTexts }),
    }),
  );
}

describe('submission', () => {
  it('shows a problem at its field, keeps the text, and clears the problem when the text changes', async () => {
    const fields = setUp(() => Promise.reject(new PalomaError('problem', '', invalid)));
    expect(await submit(fields)).toBe(false);
    expect(fields.code().errors()[0]?.message).toContain('The code is wrong');
    expect(fields().errors()).toEqual([]);
    expect(fields.code().value()).toBe('123456');
    fields.code().value.set('654321');
    expect(fields.code().errors()).toEqual([]);
  });

  it('says what helps against the wrong code of an authenticator app: no other one can be requested', async () => {
    const fail = (): Promise<void> => Promise.reject(new PalomaError('problem', '', invalid));
    const fields = setUp(fail, { code: appCodeWrongText() });
    await submit(fields);
    expect(fields.code().errors()[0]?.message).toContain('Wait for the next one');
    expect(fields.code().errors()[0]?.message).not.toContain('request');
  });

  it('shows other failures above the form', async () => {
    const fields = setUp(() => Promise.reject(new PalomaError('offline', '')));
    expect(await submit(fields)).toBe(false);
    expect(fields().errors()[0]?.message).toContain('did not answer');
  });

  it('sends the same values again after a failure', async () => {
    const send = vi.fn(() => Promise.resolve());
    send.mockRejectedValueOnce(new PalomaError('offline', ''));
    const fields = setUp(send);
    await submit(fields);
    expect(await submit(fields)).toBe(true);
    expect(send).toHaveBeenCalledTimes(2);
    expect(fields().errors()).toEqual([]);
  });

  it('sends nothing while a field is invalid', async () => {
    const send = vi.fn(() => Promise.resolve());
    const fields = setUp(send);
    fields.code().value.set('');
    await submit(fields);
    expect(send).not.toHaveBeenCalled();
  });
});
