// Compares the Spanish texts with the texts of the app. It fails if one is missing, unused, or lacks a placeholder.
import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const NG = fileURLToPath(import.meta.resolve('@angular/cli/bin/ng.js'));
const EXTRACTED = 'dist/i18n/messages.json';
const SPANISH = 'src/i18n/es.json';

await rm(EXTRACTED, { force: true });
const extraction = spawnSync(process.execPath, [NG, 'extract-i18n', '--progress=false'], { encoding: 'utf8' });
if (extraction.status !== 0) fail([extraction.stdout ?? '', extraction.stderr ?? '']);

const english = JSON.parse(await readFile(EXTRACTED, 'utf8')).translations;
const spanish = JSON.parse(await readFile(SPANISH, 'utf8')).translations;
const faults = [
  ...missing(english, spanish).map((id) => `${id} has no Spanish text: ${english[id]}`),
  ...missing(spanish, english).map((id) => `${id} is not used any more`),
  ...Object.keys(english)
    .filter(isGenerated)
    .map((id) => `a text has no id of its own: ${english[id]}`),
  ...Object.keys(english)
    .filter((id) => id in spanish && placeholders(english[id]) !== placeholders(spanish[id]))
    .map((id) => `${id} has other placeholders: ${english[id]}`),
];
if (faults.length > 0) fail([`${SPANISH} does not fit:`, ...faults]);

function missing(from, other) {
  return Object.keys(from).filter((id) => !(id in other));
}

function isGenerated(id) {
  return /^\d+$/.test(id);
}

function placeholders(text) {
  return [...new Set(text.match(/\{\$\w+\}|\{(?:INTERPOLATION|VAR_PLURAL|START_|CLOSE_)\w*/g))].sort().join();
}

function fail(lines) {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}
