/** Settings of this browser, not of the user. They survive a logout. */
const PREFIX = 'paloma.';

/** `undefined` if there is none, or if the browser blocks its storage. */
export function preference(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function setPreference(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Without storage, the setting lasts as long as the page.
  }
}
