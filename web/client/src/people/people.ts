import type { People } from '../api.js';
import type { Profile, ServerEvent } from '../contracts.js';
import { Value, select, type Readable } from '../observable.js';
import type { Link, Rest } from '../parts.js';
import { present } from '../rest/present.js';
import { Task, type TaskPorts } from '../task.js';

/** The server answers up to 100 ids at once. */
const BATCH = 100;

interface PeopleDeps {
  readonly rest: Rest;
  readonly link: Pick<Link, 'events'>;
  readonly ports: TaskPorts;
  readonly me: Readable<string | undefined>;
}

/** Profiles in memory. Unknown ones are loaded together: one call for all that were asked for in the meantime. */
export class Profiles implements Pick<People, 'get'> {
  readonly all = new Value<ReadonlyMap<string, Profile>>(new Map());
  readonly #deps: PeopleDeps;
  readonly #wanted = new Set<string>();
  /** Users without a profile for the caller: erased, or in no common chat. */
  readonly #absent = new Set<string>();
  #loading: Task;

  constructor(deps: PeopleDeps) {
    this.#deps = deps;
    this.#loading = this.#newTask();
    deps.link.events.subscribe((event) => this.#apply(event));
  }

  get(userId: string): Readable<Profile | undefined> {
    this.want([userId]);
    return select(this.all, (all) => all.get(userId));
  }

  /** Loads the profiles that are unknown. */
  want(userIds: readonly string[]): void {
    const missing = userIds.filter((id) => !this.all.value.has(id) && !this.#absent.has(id) && !this.#wanted.has(id));
    if (missing.length === 0 || this.#deps.me.value === undefined) return;
    for (const id of missing) this.#wanted.add(id);
    void this.#loading.run();
  }

  learn(profiles: readonly Profile[]): void {
    const changed = profiles.filter((profile) => !isSame(this.all.value.get(profile.userId), profile));
    if (changed.length === 0) return;
    for (const { userId } of changed) this.#absent.delete(userId);
    this.all.update((all) => new Map([...all, ...changed.map((profile) => [profile.userId, profile] as const)]));
  }

  /** For another user, or after a logout. */
  reset(): void {
    this.#loading.stop();
    this.#loading = this.#newTask();
    this.#wanted.clear();
    this.#absent.clear();
    this.all.set(new Map());
  }

  #newTask(): Task {
    return new Task(
      (signal) => this.#loadWanted(signal),
      () => undefined,
      this.#deps.ports,
    );
  }

  async #loadWanted(signal: AbortSignal): Promise<void> {
    // Callers that ask in the same moment share the call.
    await Promise.resolve();
    while (this.#wanted.size > 0 && !signal.aborted) {
      const ids = [...this.#wanted].slice(0, BATCH);
      const found = await this.#search(ids, signal);
      if (signal.aborted) return;
      for (const id of ids) {
        this.#wanted.delete(id);
        this.#absent.add(id);
      }
      this.learn(found);
    }
  }

  /** With a cursor, the server has not searched all chats of the caller yet. */
  async #search(ids: readonly string[], signal: AbortSignal): Promise<Profile[]> {
    const found = new Map<string, Profile>();
    let cursor: string | undefined;
    do {
      const missing = ids.filter((id) => !found.has(id)).join(',');
      const query = cursor === undefined ? { ids: missing } : { ids: missing, cursor };
      const data = present((await this.#deps.rest.GET('/users', { params: { query }, signal })).data);
      if (!('users' in data)) return [...found.values()];
      for (const profile of data.users) found.set(profile.userId, profile);
      cursor = data.cursor;
    } while (cursor !== undefined && found.size < ids.length && !signal.aborted);
    return [...found.values()];
  }

  #apply(event: ServerEvent): void {
    const me = this.#deps.me.value;
    if (event.type === 'settings' && 'profile' in event && me !== undefined) {
      const { name, avatar } = event.profile;
      this.learn([{ userId: me, name, ...(avatar === null ? {} : { avatar }) }]);
    }
    if (event.type === 'erased') this.#forget(event.userId);
  }

  /** An erased user has no profile any more. */
  #forget(userId: string): void {
    this.#absent.add(userId);
    if (!this.all.value.has(userId)) return;
    this.all.update((all) => new Map([...all].filter(([id]) => id !== userId)));
  }
}

function isSame(a: Profile | undefined, b: Profile): boolean {
  return a !== undefined && a.name === b.name && a.avatar === b.avatar;
}
