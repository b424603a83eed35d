// Checks docs/api/asyncapi.json with the parser of AsyncAPI. Prints each finding, and fails if there is any.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const path = new URL('../../docs/api/asyncapi.json', import.meta.url);
const diagnostics = await new Parser().validate(await readFile(path, 'utf8'));
for (const { code, message, path: place } of diagnostics) console.log(`${code}: ${message} (${place.join('.')})`);
console.log(`asyncapi.json: ${diagnostics.length} findings`);
process.exitCode = diagnostics.length === 0 ? 0 : 1;
