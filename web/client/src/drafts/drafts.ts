import type { Drafts } from '../api.js';
import { type Readable, Value } from '../observable.js';
import type { Database, Tabs, Topic } from '../parts.js';

interface Draft {
  readonly key: string;
  readonly text: string;
}

const NEWS: Topic<Draft> = { name: 'draft' };

/** Unsent texts of the composer. Each change is in memory and in the other tabs at once, and on disk right after. */
export class StoredDrafts implements Drafts {
  readonly all: Readable<ReadonlyMap<string, string>>;
  readonly #all = new Value<ReadonlyMap<string, string>>(new Map());
  /** Keys that changed in this tab's life: the stored text may be older. */
  readonly #touched = new Set<string>();
  /** Keys that the user changed here before the stored drafts were loaded, without knowing them. */
  readonly #early = new Set<string>();
  #loaded = false;
  /** Keys that are not on disk yet. */
  readonly #unwritten = new Set<string>();
  #writing: Promise<void> | undefined;
  readonly #endings: readonly (() => void)[];

  constructor(
    private readonly database: Database,
    private readonly tabs: Tabs,
  ) {
    this.all = this.#all;
    this.#endings = [
      tabs.on(NEWS, (draft) => {
        this.#early.delete(draft.key);
        this.#apply([draft]);
      }),
      // The browser has deleted the data, but not what this tab knows.
      database.emptied.subscribe(() => {
        for (const key of this.#all.value.keys()) this.#unwritten.add(key);
        this.#writing ??= this.#write();
      }),
    ];
  }

  async start(): Promise<void> {
    const stored = await this.database
      .transaction(['drafts'], 'read', (tx) => tx.store('drafts').all())
      .catch((): Draft[] => []);
    this.#loaded = true;
    this.#apply(stored.filter((draft) => !this.#touched.has(draft.key)));
    for (const { key, text } of stored) {
      if (this.#early.has(key)) void this.set(key, bothOf(text, this.get(key)));
    }
  }

  get(key: string): string {
    return this.#all.value.get(key) ?? '';
  }

  async set(key: string, text: string): Promise<void> {
    if (text === this.get(key) && this.#touched.has(key)) return this.#writing;
    if (!this.#loaded) this.#early.add(key);
    this.#apply([{ key, text }]);
    this.tabs.post(NEWS, { key, text });
    this.#unwritten.add(key);
    this.#writing ??= this.#write();
    return this.#writing;
  }

  /** Resolves when all drafts are on disk. */
  async close(): Promise<void> {
    for (const end of this.#endings) end();
    await this.#writing;
  }

  /** One transaction at a time, each with the newest texts: fast typing does not queue up writes. */
  async #write(): Promise<void> {
    const failed: string[] = [];
    while (this.#unwritten.size > 0) {
      const keys = [...this.#unwritten];
      this.#unwritten.clear();
      try {
        await this.database.transaction(['drafts'], 'write', async (tx) => {
          const store = tx.store('drafts');
          for (const key of keys) {
            const text = this.get(key);
            await (text === '' ? store.delete(key) : store.put({ key, text }));
          }
        });
      } catch {
        // `Database.state` tells the user. The texts stay in memory, and the next write takes them along.
        failed.push(...keys);
      }
    }
    for (const key of failed) this.#unwritten.add(key);
    this.#writing = undefined;
  }

  #apply(drafts: readonly Draft[]): void {
    if (drafts.length === 0) return;
    const all = new Map(this.#all.value);
    for (const { key, text } of drafts) {
      this.#touched.add(key);
      if (text === '') all.delete(key);
      else all.set(key, text);
    }
    this.#all.set(all);
  }
}

/** The stored draft, then the text that the user typed before it was loaded. */
function bothOf(stored: string, typed: string): string {
  return typed === '' || typed === stored ? stored : `${stored}\n${typed}`;
}
