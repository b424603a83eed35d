import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { stack, target } from './src/stack.ts';

const root = process.getuid?.() === 0;

export default defineConfig({
  testDir: 'tests',
  outputDir: join(target, 'results'),
  forbidOnly: true,
  fullyParallel: true,
  retries: 0,
  workers: stack.workers,
  reporter: 'list',
  // Deadlines for a busy machine: a test that passes does not wait for them.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  use: {
    locale: 'en-GB',
    timezoneId: 'Europe/Madrid',
    trace: 'retain-on-failure',
    actionTimeout: 30_000,
    navigationTimeout: 30_000,
    launchOptions: {
      ...(stack.browser === null ? {} : { executablePath: stack.browser }),
      args: [
        // Chromium's sandbox does not work for root, who runs containers.
        ...(root ? ['--no-sandbox'] : []),
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
