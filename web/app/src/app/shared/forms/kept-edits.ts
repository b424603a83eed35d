/** For a `linkedSignal` of a form: when the stored value changes elsewhere, a field that the user has changed stays. */
export function keptEdits<T extends object>(stored: T, previous?: { readonly source: T; readonly value: T }): T {
  if (previous === undefined) return stored;
  const { source: before, value: typed } = previous;
  const keys = Object.keys(stored) as (keyof T)[];
  return keys.reduce((next, key) => (typed[key] === before[key] ? next : { ...next, [key]: typed[key] }), stored);
}
