import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Run } from './run.js';
import { Violation } from './violation.js';

/**
 * The same runs each time, so that only a change of the code can make them fail.
 * `PALOMA_RUNS=3000 PALOMA_SEED=$RANDOM npx vitest run test/simulation` plays others.
 */
const RUNS = Number(process.env['PALOMA_RUNS'] ?? 150);
const FIRST = Number(process.env['PALOMA_SEED'] ?? 1);
const STEPS = 40;
/** Failures until the test gives up. */
const ENOUGH = Number(process.env['PALOMA_FAILURES'] ?? 1);

const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);

/** Plays the even or the odd seeds, so that two workers share them. */
export function playSeeds(parity: 'even' | 'odd'): void {
  beforeAll(() => {
    process.on('unhandledRejection', note);
  });
  afterAll(() => {
    process.off('unhandledRejection', note);
  });
  const seeds = Array.from({ length: RUNS }, (_, index) => FIRST + index);
  const mine = seeds.filter((seed) => seed % 2 === (parity === 'odd' ? 1 : 0));
  const name = `all invariants hold in the ${parity} seeds from ${String(FIRST)} to ${String(FIRST + RUNS - 1)}`;
  test(name, { timeout: 3_600_000 }, async () => {
    const failures: string[] = [];
    for (const seed of mine) {
      const failure = await play(seed);
      if (failure !== undefined) failures.push(failure);
      if (failures.length >= ENOUGH) break;
    }
    expect(failures.join('\n'), 'To repeat a failure').toBe('');
  });
}

/** The failure of the run, with the command that repeats it. */
async function play(seed: number): Promise<string | undefined> {
  const run = new Run(seed);
  try {
    await run.play(STEPS);
    const [rejection] = rejections.splice(0);
    if (rejection !== undefined) throw new Violation('no rejection is unhandled', describe(rejection));
    return undefined;
  } catch (error) {
    const { trace } = run.world.scheduler;
    if (trace) writeFileSync(`trace-${String(seed)}.txt`, trace.join('\n'));
    return `PALOMA_SEED=${String(seed)} PALOMA_RUNS=1 npx vitest run test/simulation\n  ${describe(error)}`;
  }
}

function describe(error: unknown): string {
  if (error instanceof Violation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
