import type { BlockedUser, ServerEvent } from '../contracts.js';
import { Value, type Readable } from '../observable.js';
import type { Link, Rest } from '../parts.js';
import type { Clock } from '../ports.js';
import { present } from '../rest/present.js';
import { Task, type TaskPorts } from '../task.js';
import type { Profiles } from './people.js';

/** Users of one answer. */
const PAGE = 100;

interface BlocksDeps {
  readonly rest: Rest;
  readonly link: Pick<Link, 'events' | 'opened'>;
  readonly people: Profiles;
  readonly ports: TaskPorts & { readonly clock: Clock };
  readonly me: Readable<string | undefined>;
}

/**
 * The users that the user has blocked. A frame tells of a change on another device, and after a new socket the whole
 * list is read again, since frames may be lost.
 */
export class Blocks {
  readonly all = new Value<readonly BlockedUser[] | undefined>(undefined);
  /** The same, read from the server when a listener comes, if it is not known yet. */
  readonly listed: Readable<readonly BlockedUser[] | undefined>;
  readonly #deps: BlocksDeps;
  #loading: Task;
  /** Changes that this tab has learned of: an answer that was asked for earlier does not know them. */
  #changes = 0;

  constructor(deps: BlocksDeps) {
    this.#deps = deps;
    this.#loading = this.#newTask();
    deps.link.events.subscribe((event) => this.#apply(event));
    deps.link.opened.subscribe(() => this.#load());
    const { all } = this;
    this.listed = {
      get value() {
        return all.value;
      },
      subscribe: (listener) => {
        if (all.value === undefined) this.#load();
        return all.subscribe(listener);
      },
    };
  }

  async block(userId: string): Promise<void> {
    await this.#deps.rest.PUT('/blocks/{userId}', { params: { path: { userId } } });
    this.#learn(userId, true);
  }

  async unblock(userId: string): Promise<void> {
    await this.#deps.rest.DELETE('/blocks/{userId}', { params: { path: { userId } } });
    this.#learn(userId, false);
  }

  /** For another user, or after a logout. */
  reset(): void {
    this.#loading.stop();
    this.#loading = this.#newTask();
    this.all.set(undefined);
  }

  #newTask(): Task {
    return new Task(
      (signal) => this.#read(signal),
      () => undefined,
      this.#deps.ports,
    );
  }

  #load(): void {
    if (this.#deps.me.value !== undefined) void this.#loading.run();
  }

  #apply(event: ServerEvent): void {
    if (event.type === 'erased') this.all.update((all) => all?.filter(({ userId }) => userId !== event.userId));
    if (event.type !== 'settings' || !('block' in event)) return;
    const { userId, blocked } = event.block;
    const isKnown = this.all.value?.some((user) => user.userId === userId) === blocked;
    if (isKnown) return;
    this.#learn(userId, blocked);
    // Frames may arrive in another order than their changes, and have no names.
    this.#load();
  }

  /** Takes a change at once, if the other users are known. */
  #learn(userId: string, blocked: boolean): void {
    this.#changes++;
    const { all } = this;
    if (all.value === undefined) return this.#load();
    const others = all.value.filter((user) => user.userId !== userId);
    const profile = this.#deps.people.all.value.get(userId);
    if (!blocked) all.set(others);
    else if (!profile) this.#load();
    else all.set([...others, { ...profile, blockedAt: this.#deps.ports.clock.now() }]);
  }

  async #read(signal: AbortSignal): Promise<void> {
    for (let changes = NaN; changes !== this.#changes;) {
      changes = this.#changes;
      const users = await this.#readAll(signal);
      if (signal.aborted) return;
      if (changes !== this.#changes) continue;
      this.#deps.people.learn(users.map(({ blockedAt: _, ...profile }) => profile));
      if (!isSame(this.all.value, users)) this.all.set(users);
    }
  }

  async #readAll(signal: AbortSignal): Promise<readonly BlockedUser[]> {
    const users: BlockedUser[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
      const page = present((await this.#deps.rest.GET('/blocks', { params: { query }, signal })).data);
      users.push(...page.blocks);
      cursor = page.cursor;
    } while (cursor !== undefined && !signal.aborted);
    return users;
  }
}

function isSame(known: readonly BlockedUser[] | undefined, users: readonly BlockedUser[]): boolean {
  return JSON.stringify(known) === JSON.stringify(users);
}
