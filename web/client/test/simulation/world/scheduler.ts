interface Entry {
  readonly at: number;
  readonly number: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Virtual time. Events run one by one; between two events, all promises settle. */
export class Scheduler {
  now = 0;
  /** The events of a run that is repeated to be understood. */
  readonly trace: string[] | undefined = process.env['PALOMA_TRACE'] === undefined ? undefined : [];
  #heap: Entry[] = [];
  #count = 0;

  note(text: () => string): void {
    this.trace?.push(`${this.now.toFixed(0).padStart(8)} ${text()}`);
  }

  after(milliseconds: number, run: () => void): () => void {
    const entry = { at: this.now + Math.max(0, milliseconds), number: this.#count++, run, cancelled: false };
    this.#push(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** Runs events until `done` holds or `until` is reached. Returns whether `done` held. */
  async run(until: number, done: () => boolean = () => false): Promise<boolean> {
    await settled();
    while (!done()) {
      const next = this.#pop(until);
      if (!next) {
        this.now = Math.max(this.now, until);
        return done();
      }
      this.now = next.at;
      next.run();
      await settled();
    }
    return true;
  }

  #push(entry: Entry): void {
    this.#heap.push(entry);
    let child = this.#heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #pop(until: number): Entry | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (!first || first.at > until) return undefined;
      const last = this.#heap.pop();
      if (last && last !== first) {
        this.#heap[0] = last;
        this.#sink();
      }
      if (!first.cancelled) return first;
    }
  }

  #sink(): void {
    for (let parent = 0; ;) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      let first = parent;
      if (left < this.#heap.length && this.#isBefore(left, first)) first = left;
      if (right < this.#heap.length && this.#isBefore(right, first)) first = right;
      if (first === parent) return;
      this.#swap(first, parent);
      parent = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (!one || !other) return false;
    return one.at < other.at || (one.at === other.at && one.number < other.number);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one && other) [this.#heap[a], this.#heap[b]] = [other, one];
  }
}

/** All promises that do not wait for an event have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
