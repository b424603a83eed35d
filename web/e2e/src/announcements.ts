/** Records what a screen reader would read from live regions. */
import type { Page } from '@playwright/test';

/** Call it before the client starts to announce. Returns a function that lists all announcements so far. */
export async function recordAnnouncements(page: Page): Promise<() => Promise<string[]>> {
  const recorder = await page.evaluateHandle(() => {
    const announcements: string[] = [];
    const isLive = (node: Node): Element | null => {
      const element = node instanceof Element ? node : node.parentElement;
      return element?.closest('[aria-live="polite"], [aria-live="assertive"]') ?? null;
    };
    new MutationObserver((changes) => {
      const regions = new Set(changes.map(({ target }) => isLive(target)).filter((region) => region !== null));
      for (const region of regions) {
        const text = region.textContent.trim();
        if (text !== '') announcements.push(text);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    return announcements;
  });
  return () => recorder.jsonValue();
}
