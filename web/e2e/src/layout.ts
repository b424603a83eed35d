/** Checks of the layout. */
import type { Page } from '@playwright/test';

/** Elements that reach over the right edge of the page, and the page itself if it scrolls sideways. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const wide = [...document.querySelectorAll<HTMLElement>('body *')].filter((element) => {
      const box = element.getBoundingClientRect();
      const isShown = box.width > 1 && box.height > 1 && getComputedStyle(element).visibility === 'visible';
      return isShown && (box.right > clientWidth + 1 || box.left < -1);
    });
    const names = wide.map(({ localName, className }) => `${localName}.${className}`);
    return scrollWidth > clientWidth ? ['the page', ...names] : names;
  });
}
