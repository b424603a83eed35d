/** The drafts of the client library, for unit tests: without a disk. */
export class FakeDrafts {
  readonly stored = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly all = {
    value: this.stored as ReadonlyMap<string, string>,
    subscribe: (listener: () => void): (() => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  get(key: string): string {
    return this.stored.get(key) ?? '';
  }

  set(key: string, text: string): Promise<void> {
    if (text === '') this.stored.delete(key);
    else this.stored.set(key, text);
    this.all.value = new Map(this.stored);
    for (const listener of this.#listeners) listener();
    return Promise.resolve();
  }
}
