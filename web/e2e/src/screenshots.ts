/** Screenshots of the views, in `target/browser/screenshots`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { target } from './stack.ts';

/** The screenshots that the README shows. */
const SHOWN = ['chats-wide-light', 'conversation-wide-dark', 'conversation-narrow-light', 'login-narrow-dark'];

const DOCS = join(import.meta.dirname, '../../../docs/screenshots');

/** With `PALOMA_SCREENSHOTS=1`, it also replaces the README's. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  const updatesDocs = process.env['PALOMA_SCREENSHOTS'] === '1' && SHOWN.includes(name);
  // No element looks as if a mouse was over it.
  await page.mouse.move(0, 0);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 85 });
  await session.detach();
  for (const folder of [join(target, 'screenshots'), ...(updatesDocs ? [DOCS] : [])]) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name}.webp`), data, 'base64');
  }
}
