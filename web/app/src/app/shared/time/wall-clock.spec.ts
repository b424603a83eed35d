import { TestBed } from '@angular/core/testing';
import { PALOMA } from '../../core/paloma';
import { TimeTexts } from './time-texts';
import { WallClock } from './wall-clock';

const DAY_MS = 86_400_000;

/** The skew of the client library. */
class Skew {
  value = 0;
  #listener: () => void = () => undefined;

  subscribe(listener: () => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }

  set(milliseconds: number): void {
    this.value = milliseconds;
    this.#listener();
    TestBed.tick();
  }
}

describe('WallClock', () => {
  let skew: Skew;

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date(2026, 4, 10, 12, 0, 30), toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    skew = new Skew();
    TestBed.configureTestingModule({
      providers: [{ provide: PALOMA, useValue: { connection: { clockSkew: skew } } }],
    });
  });

  afterEach(() => vi.useRealTimers());

  it('a message of now is one of today, though the clock of the device is a day ahead', () => {
    const texts = TestBed.inject(TimeTexts);
    const serverNow = Date.now() - DAY_MS;
    TestBed.tick();
    expect(texts.day(serverNow)).toBe('Yesterday');
    skew.set(-DAY_MS);
    expect(texts.day(serverNow)).toBe('Today');
  });

  it('the minute begins with that of the server', () => {
    const clock = TestBed.inject(WallClock);
    skew.set(20_000);
    expect(clock.minute()).toBe(new Date(2026, 4, 10, 12, 0).getTime());
    vi.advanceTimersByTime(9_999);
    expect(clock.minute()).toBe(new Date(2026, 4, 10, 12, 0).getTime());
    vi.advanceTimersByTime(1);
    expect(clock.minute()).toBe(new Date(2026, 4, 10, 12, 1).getTime());
  });
});
