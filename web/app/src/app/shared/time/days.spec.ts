import { addDays, nameOfDay } from './days';

const today = new Date(2026, 4, 10).getTime();

describe('nameOfDay', () => {
  it.each([
    [0, 'today'],
    [-1, 'yesterday'],
    [-2, 'weekday'],
    [-6, 'weekday'],
    [-7, 'date'],
    [1, 'date'],
    [-200, 'dateWithYear'],
  ])('%i days from today: %s', (days, name) => expect(nameOfDay(addDays(today, days), today)).toBe(name));
});

describe('addDays', () => {
  it('steps over a change of the clock', () => {
    const day = new Date(2026, 2, 28).getTime();
    expect(new Date(addDays(day, 2)).getHours()).toBe(0);
  });
});
