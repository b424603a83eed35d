/** Texts of messages, which must never be in a log, a URL or an error report. */
import { expect } from '@playwright/test';
import type { BrowserContext } from '@playwright/test';

/** Shorter texts also occur by accident. */
const SHORTEST = 6;

const texts = new Set<string>();

/** Remembers a text that a test sends, types or stores. Returns it. */
export function secret(text: string): string {
  if (text.trim().length >= SHORTEST) texts.add(text.trim());
  return text;
}

/** Everything that a browser writes where others may read it. */
export class Leaks {
  private readonly lines: string[] = [];
  /** Errors that the page did not catch. */
  readonly errors: string[] = [];

  watch(context: BrowserContext): void {
    context.on('console', (line) => this.lines.push(`console: ${line.text()}`));
    context.on('weberror', (error) => this.errors.push(String(error.error().stack)));
    context.on('request', (request) => this.lines.push(`URL: ${request.url()}`));
    context.on('page', (page) => {
      page.on('websocket', (socket) => this.lines.push(`URL: ${socket.url()}`));
      page.on('framenavigated', (frame) => this.lines.push(`URL: ${frame.url()}`));
    });
  }

  /** Fails if a text of a message is in any of them, or if an error was not caught. */
  check(): void {
    const written = [...this.lines, ...this.errors.map((error) => `error: ${error}`)];
    const leaks = written.filter((line) => [...texts].some((text) => isIn(line, text)));
    expect(leaks, 'texts of messages in logs, URLs or errors').toEqual([]);
    expect(this.errors, 'errors that the page did not catch').toEqual([]);
    texts.clear();
  }
}

function isIn(line: string, text: string): boolean {
  return line.includes(text) || line.includes(encodeURIComponent(text));
}
