import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from '../src/fixtures.ts';
import { stack, target } from '../src/stack.ts';
import { write } from './report.ts';

test('The JavaScript that the client loads', async ({ people }) => {
  const [ana, bruno] = await people('Ana', 'Bruno');
  const chat = await ana.api.chatWith(bruno);
  const here = await (await ana.device()).tab();
  await here.loginPage.waitFor();
  const size = async (): Promise<string> => {
    const scripts = await here.page.evaluate(() => {
      const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
      const scripts = entries.filter(({ name }) => /\.m?js$/.test(new URL(name).pathname));
      return scripts.map(({ encodedBodySize }) => encodedBodySize);
    });
    const bytes = scripts.reduce((sum, each) => sum + each, 0);
    return `${(bytes / 1_024).toFixed(1)} KiB compressed in ${scripts.length} files`;
  };
  write('JavaScript of the login page', await size());
  await here.logIn();
  write('JavaScript with the list of chats', await size());
  await here.openChat(chat);
  write('JavaScript with a conversation', await size());
});

test('Lighthouse', async () => {
  const results = join(target, 'bench', 'lighthouse.json');
  const flags = '--headless=new --no-sandbox --disable-quic --no-first-run --disable-background-networking';
  const options = ['--quiet', '--output=json', `--output-path=${results}`, `--chrome-flags=${flags}`];
  const categories = '--only-categories=performance,accessibility,best-practices';
  for (const preset of ['desktop', 'mobile']) {
    const form = preset === 'desktop' ? ['--preset=desktop'] : [];
    const lighthouse = join(import.meta.dirname, 'node_modules/.bin/lighthouse');
    const environment = stack.browser === null ? process.env : { ...process.env, CHROME_PATH: stack.browser };
    const url = stack.seats[0]?.url ?? '';
    await promisify(execFile)(lighthouse, [url, categories, ...options, ...form], { env: environment });
    const { categories: scores } = JSON.parse(await readFile(results, 'utf8')) as {
      categories: Record<string, { title: string; score: number }>;
    };
    const figures = Object.values(scores).map(({ title, score }) => `${title} ${Math.round(score * 100)}`);
    write(`Lighthouse ${preset}`, figures.join(', '));
  }
});
