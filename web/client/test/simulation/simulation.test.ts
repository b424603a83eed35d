import { afterAll, beforeAll, expect, test } from 'vitest';
import { Run } from './run.js';
import { Violation } from './violation.js';

/** `PALOMA_RUNS=3000 PALOMA_SEED=1 npx vitest run test/simulation` plays more. */
const RUNS = Number(process.env['PALOMA_RUNS'] ?? 150);
const FIRST = Number(process.env['PALOMA_SEED'] ?? Math.floor(Math.random() * 1_000_000_000));
const STEPS = 40;

const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);

beforeAll(() => {
  process.on('unhandledRejection', note);
});

afterAll(() => {
  process.off('unhandledRejection', note);
});

test(`all invariants hold in ${String(RUNS)} runs from seed ${String(FIRST)}`, { timeout: 3_600_000 }, async () => {
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    try {
      await new Run(seed).play(STEPS);
      if (rejections.length > 0) throw new Violation('no rejection is unhandled', String(rejections[0]));
    } catch (error) {
      const command = `PALOMA_SEED=${String(seed)} PALOMA_RUNS=1 npx vitest run test/simulation`;
      throw new Error(`Seed ${String(seed)} fails. To repeat it: ${command}`, { cause: error });
    }
  }
  expect(rejections).toEqual([]);
});
