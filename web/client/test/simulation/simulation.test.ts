import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Run } from './run.js';
import { Violation } from './violation.js';

/** `PALOMA_RUNS=3000 PALOMA_SEED=1 npx vitest run test/simulation` plays these runs. */
const RUNS = Number(process.env['PALOMA_RUNS'] ?? 150);
const FIRST = Number(process.env['PALOMA_SEED'] ?? Math.floor(Math.random() * 1_000_000_000));
const STEPS = 40;
/** Failures until the test gives up. */
const ENOUGH = Number(process.env['PALOMA_FAILURES'] ?? 1);

const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);

beforeAll(() => {
  process.on('unhandledRejection', note);
});

afterAll(() => {
  process.off('unhandledRejection', note);
});

test(`all invariants hold in ${String(RUNS)} runs from seed ${String(FIRST)}`, { timeout: 3_600_000 }, async () => {
  const failures: string[] = [];
  for (let seed = FIRST; seed < FIRST + RUNS && failures.length < ENOUGH; seed++) {
    const run = new Run(seed);
    try {
      await run.play(STEPS);
      const [rejection] = rejections.splice(0);
      if (rejection !== undefined) throw new Violation('no rejection is unhandled', describe(rejection));
    } catch (error) {
      failures.push(`PALOMA_SEED=${String(seed)} PALOMA_RUNS=1 npx vitest run test/simulation\n  ${describe(error)}`);
      if (run.world.scheduler.trace) writeFileSync(`trace-${String(seed)}.txt`, run.world.scheduler.trace.join('\n'));
    }
  }
  expect(failures.join('\n'), 'To repeat a failure').toBe('');
});

function describe(error: unknown): string {
  if (error instanceof Violation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
