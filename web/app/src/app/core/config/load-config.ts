import { AppConfig, parseConfig } from './app-config';

/** Time limit for the file. */
const LIMIT_MS = 10_000;

/** `missing`: no answer, or no such file. `invalid`: the file is no configuration. */
export type ConfigFailure = 'missing' | 'invalid';

/** Loads `config.json`, which lies beside the page. */
export async function loadConfig(): Promise<AppConfig | ConfigFailure> {
  let text: string;
  try {
    const response = await fetch('config.json', { cache: 'no-cache', signal: AbortSignal.timeout(LIMIT_MS) });
    if (!response.ok) return 'missing';
    text = await response.text();
  } catch {
    return 'missing';
  }
  try {
    return parseConfig(JSON.parse(text)) ?? 'invalid';
  } catch {
    return 'invalid';
  }
}
