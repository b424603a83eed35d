/** Accessibility by axe: WCAG 2.2 AA and best practices. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** The rules that the page breaks, with the elements. `except`: rules that do not hold in this state of the page. */
export async function violations(page: Page, { except = [] }: { except?: string[] } = {}): Promise<string[]> {
  const found = await look(page, except);
  if (found.length === 0) return found;
  // A label that fades has too little contrast meanwhile.
  await page.evaluate(async () => {
    const finite = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(finite.map(({ finished }) => finished));
  });
  return look(page, except);
}

async function look(page: Page, except: string[]): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).disableRules(except).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
}
