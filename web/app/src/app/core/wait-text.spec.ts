import { durationText, waitText } from './wait-text';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('waitText', () => {
  afterEach(() => (document.documentElement.lang = 'en'));

  it.each([
    [0, '1 second'],
    [400, '1 second'],
    [59.2 * SECOND, '1 minute'],
    [MINUTE, '1 minute'],
    [125 * SECOND, '2 minutes, 5 seconds'],
    [9 * MINUTE + 59_001, '10 minutes'],
    [12 * MINUTE + 1, '13 minutes'],
    [59 * MINUTE + 1, '1 hour'],
    [2.1 * HOUR, '2 hours, 6 minutes'],
    [23 * HOUR + 1, '1 day'],
    [26 * HOUR, '1 day, 2 hours'],
    [11.2 * DAY, '12 days'],
  ])('%d ms: at least "%s"', (milliseconds, text) => expect(waitText(milliseconds)).toBe(text));

  it('speaks the language of the app', () => {
    document.documentElement.lang = 'es';
    expect(waitText(2.1 * HOUR)).toBe('2 horas y 6 minutos');
  });
});

describe('durationText', () => {
  it.each([
    [DAY - 40, '1 day'],
    [DAY + 40, '1 day'],
    [6 * MINUTE + 400, '6 minutes'],
  ])('%d ms: about "%s"', (milliseconds, text) => expect(durationText(milliseconds)).toBe(text));
});
