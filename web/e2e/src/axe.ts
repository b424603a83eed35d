/** Accessibility by axe: WCAG 2.2 AA and best practices. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** The rules that the page breaks, with the elements. `except`: rules that do not hold in this state of the page. */
export async function violations(page: Page, { except = [] }: { except?: string[] } = {}): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).disableRules(except).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
}
