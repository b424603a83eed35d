import { expect, test } from 'vitest';
import { settled, TestClock } from '../test/sync/clock.js';
import { rejected } from '../test/sync/rest.js';
import { PalomaError } from './errors.js';
import { Task } from './task.js';

/** A task with a run that the test ends. */
function scripted() {
  const clock = new TestClock();
  const ends: ((failure?: PalomaError) => void)[] = [];
  const reports: (PalomaError | undefined)[] = [];
  const work = () =>
    new Promise<void>((resolve, reject) => ends.push((failure) => (failure ? reject(failure) : resolve())));
  const task = new Task(work, (problem) => reports.push(problem), { clock, random: () => 0.5 });
  const end = async (failure?: PalomaError) => {
    ends.at(-1)?.(failure);
    await settled();
  };
  return { task, clock, runs: () => ends.length, reports, end };
}
const offline = new PalomaError('offline', 'No answer arrived.');

test('runs once at a time, and once more if asked during a run', async () => {
  const { task, runs, end } = scripted();
  for (let calls = 0; calls < 3; calls++) void task.run();
  expect(runs()).toBe(1);
  await end();
  expect(runs()).toBe(2);
  await end();
  expect(runs()).toBe(2);
});

test('a call right after the end of a run is not lost', async () => {
  const { task, runs, end } = scripted();
  void task.run().then(() => task.run());
  await end();
  expect(runs()).toBe(2);
});

test('waits longer after each transient failure', async () => {
  const { task, clock, runs, end } = scripted();
  void task.run();
  for (const wait of [500, 1_000, 2_000]) {
    const before = runs();
    await end(offline);
    await clock.advance(wait - 1);
    expect(runs()).toBe(before);
    await clock.advance(1);
    expect(runs()).toBe(before + 1);
  }
});

test('a call during the wait runs at once, and a start does not', async () => {
  const { task, runs, end } = scripted();
  void task.run();
  await end(offline);
  task.start();
  expect(runs()).toBe(1);
  void task.run();
  expect(runs()).toBe(2);
});

test('a permanent failure ends it until the next call', async () => {
  const { task, clock, runs, reports, end } = scripted();
  void task.run();
  await end(rejected(404));
  await clock.advance(120_000);
  expect(runs()).toBe(1);
  expect(reports[0]?.problem?.status).toBe(404);
  void task.run();
  await end();
  expect(reports[1]).toBeUndefined();
});

test('reports nothing after it was stopped', async () => {
  const { task, reports, runs, end } = scripted();
  void task.run();
  task.stop();
  await end(offline);
  void task.run();
  expect([reports, runs()]).toEqual([[], 1]);
});
