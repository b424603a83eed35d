/** The open conversation of a tab. */
import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { secret } from './secrets.ts';

export type Tick = 'queued' | 'failed' | 'sent' | 'delivered' | 'read';

export class Conversation {
  readonly scroller: Locator;
  /** The rows in the DOM: those on the screen, and some more. */
  readonly rows: Locator;
  readonly texts: Locator;
  readonly composer: Locator;
  /** Goes to the newest message. */
  readonly toEnd: Locator;
  readonly unreadSeparator: Locator;
  readonly days: Locator;
  /** Typing, or the presence of the other member. */
  readonly status: Locator;

  constructor(private readonly page: Page) {
    this.scroller = page.getByTestId('messages');
    this.rows = page.getByTestId('message');
    this.texts = this.rows.getByTestId('message-text');
    this.composer = page.getByTestId('composer');
    this.toEnd = page.getByTestId('jump-to-end');
    this.unreadSeparator = page.getByTestId('unread-separator');
    this.status = page.getByTestId(/^(presence|typing)$/);
    this.days = page.getByTestId('day-separator');
  }

  async isReady(): Promise<void> {
    await expect(this.composer).toBeEditable();
  }

  /** The row of a message, by its whole text. */
  row(text: string): Locator {
    return this.rows.filter({ has: this.page.getByTestId('message-text').filter({ hasText: whole(text) }) });
  }

  rowAt(seq: number): Locator {
    return this.scroller.locator(`[data-testid="message"][data-seq="${seq}"]`);
  }

  async type(text: string): Promise<void> {
    await this.composer.pressSequentially(secret(text));
  }

  /** Puts a text into the composer, and presses Enter. */
  async send(text: string): Promise<void> {
    await this.composer.fill(secret(text));
    await this.composer.press('Enter');
  }

  async shows(texts: readonly string[]): Promise<void> {
    await expect(this.texts).toHaveText([...texts]);
  }

  tick(text: string): Locator {
    return this.row(text).getByTestId('tick');
  }

  async hasTick(text: string, tick: Tick): Promise<void> {
    await expect(this.tick(text)).toHaveAttribute('data-tick', tick);
  }

  /** The seqs of the rows in the DOM, from top to bottom. */
  seqs(): Promise<number[]> {
    return this.rows.evaluateAll((rows) => rows.map((row) => Number(row.dataset['seq'])));
  }

  /** Scrolls the list by this many pixels, as a wheel does. */
  async scroll(pixels: number): Promise<void> {
    await this.scroller.hover();
    await this.page.mouse.wheel(0, pixels);
  }

  /** Goes to the newest message, and waits until the list has stopped. */
  async toTheEnd(): Promise<void> {
    // The list is invisible until it stands at its first position.
    await expect(this.scroller).toBeVisible();
    const isAtEnd = (list: Element): boolean => list.scrollHeight - list.scrollTop - list.clientHeight < 30;
    await expect
      .poll(async () => {
        await this.scroller.evaluate((list) => list.scrollTo({ top: list.scrollHeight }));
        return (await this.scroller.evaluate(isAtEnd)) && (await this.toEnd.isHidden());
      })
      .toBe(true);
    await this.isStill();
  }

  /** Waits until the list has not moved for six frames. */
  async isStill(): Promise<void> {
    await this.scroller.evaluate(async (list) => {
      const place = (): string => `${list.scrollTop} ${list.scrollHeight}`;
      const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
      for (let same = 0, last = ''; same < 6; last = place()) {
        await frame();
        same = place() === last ? same + 1 : 0;
      }
    });
  }

  /** The first row that is completely visible. */
  async topRow(): Promise<Locator> {
    const seq = await this.scroller.evaluate((list) => {
      const top = list.getBoundingClientRect().top;
      const rows = [...list.querySelectorAll<HTMLElement>('[data-seq]')];
      return rows.find((row) => row.getBoundingClientRect().top >= top)?.dataset['seq'];
    });
    return this.rowAt(Number(seq));
  }

  /** Scrolls from the newest message to the first. Returns all texts in the order of their seqs, each once. */
  async scrollThrough(): Promise<string[]> {
    const found = new Map<number, string>();
    const collect = async (): Promise<void> => {
      // One evaluation: between two, the list may have removed rows, which then have no place on the screen.
      const rows = await this.scroller.evaluate((list) =>
        [...list.querySelectorAll<HTMLElement>('[data-seq]')].map((row) => ({
          seq: Number(row.dataset['seq']),
          text: row.querySelector('[data-testid="message-text"]')?.textContent ?? '',
          top: row.getBoundingClientRect().top,
        })),
      );
      const inOrder = [...new Set(rows.map(({ seq }) => seq))].sort((one, other) => one - other);
      expect(
        rows.map(({ seq }) => seq),
        'in the document',
      ).toEqual(inOrder);
      rows.sort((one, other) => one.top - other.top);
      expect(
        rows.map(({ seq }) => seq),
        'on the screen',
      ).toEqual(inOrder);
      for (const { seq, text } of rows) found.set(seq, text);
    };
    await this.toTheEnd();
    await collect();
    while (!found.has(1)) {
      const before = found.size;
      await expect
        .poll(async () => {
          await this.scroll(-400);
          await collect();
          return found.size;
        })
        .toBeGreaterThan(before);
    }
    return [...found].sort(([one], [other]) => one - other).map(([, text]) => text);
  }

  /** The seqs of the rows directly above and below an element of the list. */
  neighbours(element: Locator): Promise<(number | undefined)[]> {
    return element.evaluate((element) => {
      const middle = element.getBoundingClientRect().top;
      const rows = [...document.querySelectorAll<HTMLElement>('[data-seq]')];
      const places = rows
        .map((row) => ({ seq: Number(row.dataset['seq']), top: row.getBoundingClientRect().top }))
        .sort((one, other) => one.top - other.top);
      const below = places.findIndex(({ top }) => top > middle);
      return [places[below - 1]?.seq, places[below]?.seq];
    });
  }

  /** The distance of a row from the top of the list, in pixels. */
  async top(row: Locator): Promise<number> {
    const [list, box] = [await this.scroller.boundingBox(), await row.boundingBox()];
    if (list === null || box === null) throw new Error('the row is not on the page');
    return box.y - list.y;
  }
}

/** Matches a text as a whole. */
function whole(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}
