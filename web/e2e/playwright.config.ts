import { defineConfig } from '@playwright/test';

export default defineConfig({ testDir: 'tests', outputDir: 'results', forbidOnly: true, retries: 0 });
