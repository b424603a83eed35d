/**
 * Everything that the library needs from its surroundings. `browserPorts()` gives the browser's, tests give their own.
 */
import type { Readable } from './observable.js';

export interface Ports {
  readonly fetch: typeof fetch;
  readonly openSocket: (url: string) => Socket;
  readonly clock: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive), for jitter. */
  readonly random: () => number;
  readonly randomId: () => string;
  /** Absent or unusable (private mode, storage full): the library keeps its data in memory and says so. */
  readonly indexedDB: IDBFactory | undefined;
  /** Exclusive locks among all tabs of the browser. */
  readonly locks: Locks;
  /** A channel to the other tabs of the browser. A tab does not receive its own messages. */
  readonly openChannel: (name: string) => Channel;
  /** Whether the browser believes to have a network. */
  readonly online: Readable<boolean>;
  /** Whether the user can see this tab, and has the keyboard focus in it. */
  readonly attention: Readable<Attention>;
  /** Whether the browser has suspended this tab, or is about to: no code of it runs until the tab is used again. */
  readonly suspended: Readable<boolean>;
  /** Asks the browser not to delete the data. False: it may delete unsent messages. */
  readonly persistStorage: () => Promise<boolean>;
}

export interface Attention {
  readonly visible: boolean;
  readonly focused: boolean;
}

export interface Clock {
  /** Epoch milliseconds. The user may set this clock: use it for display and across tabs only. */
  now(): number;
  /** Milliseconds that never jump, for intervals inside one tab. */
  elapsed(): number;
  /** Calls `run` once after `milliseconds`. The returned function cancels the call. */
  after(milliseconds: number, run: () => void): () => void;
}

export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((text: string) => void) | null;
  /** Runs once, after the socket failed or was closed by any side. */
  onclose: ((code: number) => void) | null;
}

export interface Locks {
  /** Runs `work` while this tab holds the lock `name`. Waits for the lock; an aborted `signal` ends the waiting. */
  hold<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export interface Channel {
  post(message: unknown): void;
  onmessage: ((message: unknown) => void) | null;
  close(): void;
}
