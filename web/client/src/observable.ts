/** A value that changes. Listeners run after each change, in the order of their subscription. */
export interface Readable<T> {
  readonly value: T;
  /** Calls `listener` after each change, not at once. The returned function ends the subscription. */
  subscribe(listener: (value: T) => void): () => void;
}

/** A stream of events without a present value. */
export interface Events<T> {
  subscribe(listener: (event: T) => void): () => void;
}

/** An {@link Events} that its owner can send to. */
export class Emitter<T> implements Events<T> {
  readonly #listeners = new Set<(event: T) => void>();

  subscribe(listener: (event: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: T): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** A {@link Readable} that its owner can change. Setting the same value again notifies no listener. */
export class Value<T> implements Readable<T> {
  readonly #changes = new Emitter<T>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.#changes.emit(value);
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  subscribe(listener: (value: T) => void): () => void {
    return this.#changes.subscribe(listener);
  }
}

/** A part of another value, for listeners that need only this part. */
export function select<T, U>(source: Readable<T>, part: (value: T) => U): Readable<U> {
  return {
    get value() {
      return part(source.value);
    },
    subscribe(listener) {
      let last = part(source.value);
      return source.subscribe((value) => {
        const next = part(value);
        if (Object.is(next, last)) return;
        last = next;
        listener(next);
      });
    },
  };
}
