import { TestBed } from '@angular/core/testing';
import type { ChatSummary } from '@paloma/client';
import { ComposerClosed, closedReason, type ClosedReason } from './composer-closed';

const chat = (change: Partial<ChatSummary>): ChatSummary =>
  ({ kind: 'group', role: 'member', onlyAdminsWrite: false, ...change }) as ChatSummary;

const removal = { notice: { type: 'chatRemoved' } } as ChatSummary['last'];

describe('closedReason', () => {
  it.each<[string, ChatSummary | undefined, ClosedReason | undefined]>([
    ['a chat that is not loaded', undefined, undefined],
    ['a direct chat', chat({ kind: 'direct', role: undefined }), undefined],
    ['a member', chat({}), undefined],
    ['a former member', chat({ role: 'former' }), 'former'],
    ['a member of a removed group', chat({ role: 'former', last: removal }), 'removed'],
    ['a member where only admins write', chat({ onlyAdminsWrite: true }), 'admins'],
    ['an admin where only admins write', chat({ onlyAdminsWrite: true, role: 'admin' }), undefined],
  ])('%s', (_, given, reason) => {
    expect(closedReason(given)).toBe(reason);
  });
});

describe('ComposerClosed', () => {
  it('says why, and keeps the keyboard in the conversation', async () => {
    const fixture = TestBed.createComponent(ComposerClosed);
    document.body.append(fixture.nativeElement as HTMLElement);
    fixture.componentRef.setInput('reason', 'admins');
    await fixture.whenStable();
    const text = (fixture.nativeElement as HTMLElement).querySelector('[role="status"]');
    expect(text?.textContent).toContain('Only admins can write');
    expect(document.activeElement).toBe(text);
  });
});
