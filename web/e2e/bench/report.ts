/** Prints figures, and writes them to `target/browser/bench/`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { target } from '../src/stack.ts';

export function report(what: string, milliseconds: readonly number[]): void {
  const sorted = [...milliseconds].sort((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.ceil(share * sorted.length) - 1] ?? NaN).toFixed(1);
  const figures = `${sorted.length} samples, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`;
  write(what, figures);
}

export function write(what: string, figures: string): void {
  const folder = join(target, 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${what.replaceAll(' ', '-').toLowerCase()}.txt`), `${figures}\n`);
  process.stdout.write(`${what}: ${figures}\n`);
}
