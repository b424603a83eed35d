/** Records every tick that a page shows, in order. */
import type { Page } from '@playwright/test';

/** Returns a function that lists the different ticks shown since then. */
export async function recordTicks(page: Page): Promise<() => Promise<string[]>> {
  const recorder = await page.evaluateHandle(() => {
    const ticks: string[] = [];
    const look = (): void => {
      for (const { dataset } of document.querySelectorAll<HTMLElement>('[data-tick]')) {
        const tick = dataset['tick'] ?? '';
        if (ticks.at(-1) !== tick) ticks.push(tick);
      }
    };
    const options = { subtree: true, childList: true, attributes: true, attributeFilter: ['data-tick'] };
    new MutationObserver(look).observe(document.body, options);
    return ticks;
  });
  return () => recorder.jsonValue();
}
