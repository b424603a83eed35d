import { Signal, computed, effect, signal } from '@angular/core';
import type { Readable } from '@paloma/client';

/** A value of the client library as a signal. A function may choose the value by other signals. */
export function readableSignal<T>(source: Readable<T> | (() => Readable<T>)): Signal<T> {
  const read = typeof source === 'function' ? source : () => source;
  const changes = signal(0);
  const changed = (): void => changes.update((count) => count + 1);
  effect((cleanup) => {
    cleanup(read().subscribe(changed));
    // The value may have changed between its first reading and the subscription.
    changed();
  });
  return computed(() => {
    changes();
    return read().value;
  });
}
