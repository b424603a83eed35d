/** Pictures at addresses outside of the stack. */
import type { BrowserContext } from '@playwright/test';

/** One transparent pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const picture = (name: string): string => `https://pictures.example.com/${name}.png`;

/** Answers each picture, so that no test needs the internet. */
export async function servePictures(context: BrowserContext): Promise<void> {
  await context.route('https://pictures.example.com/**', (route) =>
    route.fulfill({ contentType: 'image/png', body: Buffer.from(PIXEL, 'base64') }),
  );
}
