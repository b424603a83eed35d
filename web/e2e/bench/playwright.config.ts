import { defineConfig } from '@playwright/test';
import tests from '../playwright.config.ts';

/** Measures one thing at a time. `bench/run` starts it. */
export default defineConfig({
  ...tests,
  testDir: '.',
  testMatch: '*.bench.ts',
  workers: 1,
  use: { ...tests.use, trace: 'off' },
});
