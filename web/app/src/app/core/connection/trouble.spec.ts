import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { ConnectionState } from '@paloma/client';
import { countdownSignal, troubleSignal } from './trouble';

describe('the connection banner', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const after = (milliseconds: number) => {
    TestBed.tick();
    vi.advanceTimersByTime(milliseconds);
    TestBed.tick();
  };

  it('shows no short interruption, a long one until it ends, and no network at once', () => {
    const state = signal<ConnectionState>({ kind: 'connecting' });
    const trouble = TestBed.runInInjectionContext(() => troubleSignal(state));
    after(1_900);
    expect(trouble()).toBeUndefined();
    state.set({ kind: 'waiting', retryAt: Date.now() + 9_000 });
    after(200);
    expect(trouble()?.kind).toBe('waiting');
    state.set({ kind: 'open' });
    after(0);
    expect(trouble()).toBeUndefined();
    state.set({ kind: 'offline' });
    after(0);
    expect(trouble()?.kind).toBe('offline');
  });

  it('counts down to the next try', () => {
    const until = signal<number | undefined>(Date.now() + 3_000);
    const seconds = TestBed.runInInjectionContext(() => countdownSignal(until));
    after(0);
    expect(seconds()).toBe(3);
    after(2_100);
    expect(seconds()).toBe(1);
    after(5_000);
    expect(seconds()).toBe(0);
  });
});
