import { Value } from '../../src/observable.js';
import type { Tabs, Topic } from '../../src/parts.js';

/** The tabs of one browser, without delay. Tests say which one leads. */
export class TabsHub {
  readonly #tabs = new Set<HubTabs>();

  join(leading: boolean): HubTabs {
    const tabs = new HubTabs(this.#tabs, leading);
    this.#tabs.add(tabs);
    return tabs;
  }
}

export class HubTabs implements Tabs {
  readonly leading: Value<boolean>;
  readonly #listeners = new Map<string, Set<(message: unknown) => void>>();

  constructor(
    private readonly all: Set<HubTabs>,
    leading: boolean,
  ) {
    this.leading = new Value(leading);
  }

  post<T>(topic: Topic<T>, message: T): void {
    for (const other of this.all) {
      if (other === this) continue;
      for (const listener of other.#listeners.get(topic.name) ?? []) listener(structuredClone(message));
    }
  }

  on<T>(topic: Topic<T>, listener: (message: T) => void): () => void {
    const listeners = this.#listeners.get(topic.name) ?? new Set();
    this.#listeners.set(topic.name, listeners);
    const untyped = (message: unknown) => {
      listener(message as T);
    };
    listeners.add(untyped);
    return () => listeners.delete(untyped);
  }
}
