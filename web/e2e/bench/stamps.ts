/** Times in a page, by the page's own clock. */
import type { BrowserContext, Page } from '@playwright/test';

declare global {
  interface Window {
    /** When the last key or frame arrived. */
    stamp?: number;
  }
}

/** Stamps each Enter, before the client handles it. */
export async function stampKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    addEventListener('keydown', (key) => key.key === 'Enter' && (window.stamp = key.timeStamp), { capture: true });
  });
}

/** Stamps each frame with a message, before the client handles it. */
export async function stampFrames(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener('message', ({ data }) => {
          if (String(data).includes('"type":"message"')) window.stamp = performance.now();
        });
      }
    };
  });
}

/** Milliseconds from the stamp to the first frame of the screen with this text. Call it before the stamp. */
export function shownAfter(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (text) =>
      new Promise<number>((resolve) => {
        const isShown = (): boolean =>
          [...document.querySelectorAll('[data-testid="message-text"]')].some((each) => each.textContent === text);
        const observer = new MutationObserver(() => {
          if (!isShown()) return;
          observer.disconnect();
          // The second frame begins after the first one was painted.
          requestAnimationFrame(() =>
            requestAnimationFrame(() => {
              resolve(performance.now() - (window.stamp ?? NaN));
            }),
          );
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
    text,
  );
}
