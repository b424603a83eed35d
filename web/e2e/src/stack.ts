/** The stack that `cargo test -p paloma-tests --test browser` started. It writes the addresses to a file. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Stack {
  readonly workers: number;
  /** Devices: each has the client at its own address, and its own network to the stack. */
  readonly seats: readonly Seat[];
  readonly apiUrl: string;
  readonly controlUrl: string;
  /** The path of the browser. `null`: Playwright's own. */
  readonly browser: string | null;
}

export interface Seat {
  readonly url: string;
  /** The prefix of the addresses that the client calls through its network. */
  readonly networkUrl: string;
}

const file = process.env['PALOMA_STACK'] ?? join(import.meta.dirname, '../../../target/browser/stack.json');

/** The folder for everything that the tests write. */
export const target = dirname(file);

export const stack = read();

function read(): Stack {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Stack;
  } catch (cause) {
    throw new Error('No stack runs. Start it: cargo test -p paloma-tests --test browser -- --hold', { cause });
  }
}
