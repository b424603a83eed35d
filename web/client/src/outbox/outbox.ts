import type { OutboxEntry } from '../api.js';
import type { Accepted, Message, Problem } from '../contracts.js';
import { PalomaError } from '../errors.js';
import { Emitter, type Events, type Readable } from '../observable.js';
import type { Database, Link, OutboxRow, SendQueue, Tabs, Topic } from '../parts.js';
import type { Ports } from '../ports.js';
import { Courier } from './courier.js';
import { orderAfter } from './order.js';
import { Serial } from './serial.js';
import { type OutboxChange, OutboxState } from './state.js';
import { OutboxStore } from './store.js';

interface Surroundings {
  readonly userId: string;
  readonly database: Database;
  readonly tabs: Tabs;
  readonly link: Link;
  readonly ports: Ports;
}

interface News extends OutboxChange {
  readonly accepted?: readonly Message[];
  /** All rows are stored where all tabs can see them. */
  readonly stored?: boolean;
  /** A new leading tab asks for the rows that are not stored. */
  readonly asks?: boolean;
}

/** Time until a full storage is tried again. */
const FULL_STORAGE_PAUSE = 5_000;

const NEWS: Topic<News> = { name: 'outbox' };

/** Unsent messages of the user, in all tabs. Rows are stored first; then the leading tab's courier sends them. */
export class StoredOutbox implements SendQueue {
  readonly accepted: Events<Message>;
  readonly #accepted = new Emitter<Message>();
  readonly #state = new OutboxState();
  readonly #serial = new Serial();
  readonly #store: OutboxStore;
  readonly #courier: Courier;
  readonly #endings: (() => void)[];
  #cancelRepair: (() => void) | undefined;
  #closed = false;

  constructor(private readonly around: Surroundings) {
    this.accepted = this.#accepted;
    this.#store = new OutboxStore(around.database, () => {
      this.#repairLater();
    });
    this.#courier = new Courier({ ...around, outbox: this, state: this.#state });
    this.#endings = [
      around.tabs.on(NEWS, (news) => {
        this.#hear(news);
      }),
      around.tabs.leading.subscribe((leading) => {
        if (leading) around.tabs.post(NEWS, { asks: true });
      }),
      around.database.emptied.subscribe(() => void this.#storeAgain()),
      around.link.events.subscribe((event) => {
        if (event.type === 'message') this.confirm([event.message]);
      }),
    ];
  }

  get entries(): Readable<readonly OutboxEntry[]> {
    return this.#state.entries;
  }

  /** Loads the stored rows, and sends them if this tab leads. */
  async start(): Promise<void> {
    await this.reload();
    this.#courier.start();
  }

  /** Reads again what is stored, after another tab has changed it. */
  async reload(): Promise<void> {
    await this.#run(async () => {
      const rows = await this.#store.load();
      if (!rows) return;
      const stored = new Set(rows.map((row) => row.clientMessageId));
      const gone = this.#state.rows.filter((row) => this.#store.isStored(row) && !stored.has(row.clientMessageId));
      this.#state.apply({ rows, gone: gone.map((row) => row.clientMessageId) });
      await this.#repair(rows);
    });
  }

  async add(chatId: string, content: string, replyTo?: string): Promise<void> {
    if (this.#closed) throw new PalomaError('signedOut', 'Log in to send messages.');
    await this.#serial.run(async () => {
      const { clock, randomId } = this.around.ports;
      const answer = replyTo === undefined ? {} : { replyTo };
      const fresh = { chatId, content, ...answer, createdAt: clock.now(), clientMessageId: randomId() };
      const row = { ...fresh, state: 'queued', revision: 0, tried: false } as const;
      this.#tell({ rows: [await this.#store.append(row, this.#state.rows)] });
    });
    this.#courier.wake(chatId);
  }

  async retry(clientMessageId: string): Promise<void> {
    const row = await this.#replace(clientMessageId, ({ problem: _, ...current }, all) => {
      if (current.state !== 'failed') return undefined;
      const orders = [...this.#state.rows, ...all].map((other) => other.order);
      return { ...current, state: 'queued', tried: false, order: orderAfter(orders, clientMessageId) };
    });
    if (row) this.#courier.wake(row.chatId);
  }

  discard(clientMessageId: string): Promise<string | undefined> {
    return this.#run(async () => {
      const row = this.#state.get(clientMessageId);
      if (!row) return undefined;
      const removed = await this.#store.remove(row, (current) => current.state === 'failed' || !current.tried);
      if (removed === undefined) throw new PalomaError('storage', 'The browser could not delete the message.');
      if (!removed) return undefined;
      this.#tell({ gone: [clientMessageId] });
      return row.content;
    });
  }

  confirm(messages: readonly Message[]): void {
    for (const message of messages) {
      const row = this.#state.get(message.clientMessageId);
      if (!row || message.senderId !== this.around.userId || message.chatId !== row.chatId) continue;
      void this.settle(row, message);
    }
  }

  /**
   * Notes that a try begins, or whether one may have reached the server. `undefined`: the row is not to be sent any
   * more.
   */
  markTried(row: OutboxRow, tried: boolean): Promise<OutboxRow | undefined> {
    return this.#replace(row.clientMessageId, (current) =>
      current.state === 'queued' ? { ...current, tried } : undefined,
    );
  }

  /** The server rejected the message for good. It waits for the user, and later messages go on. */
  async fail(row: OutboxRow, problem: Problem): Promise<void> {
    // 409: the id belongs to another message, so it can neither be sent again nor identify this row in the timeline.
    const clientMessageId = problem.status === 409 ? this.around.ports.randomId() : row.clientMessageId;
    await this.#replace(row.clientMessageId, (current) => ({ ...current, clientMessageId, state: 'failed', problem }));
  }

  /** The server accepted the message of the row. */
  async settle(row: OutboxRow, accepted: Accepted | Message): Promise<void> {
    await this.#run(async () => {
      const current = this.#state.get(row.clientMessageId);
      // After a logout, the row waits for its user. The repeated send gets the same answer.
      if (!current || this.#closed) return;
      const message = messageOf(current, accepted, this.around.userId);
      // First, as this tab may die after the row has gone: then no tab would show the message.
      this.#tell({ accepted: [message], gone: [current.clientMessageId] });
      await this.#store.settle(current, message);
    });
  }

  /** Resolves when nothing is being stored any more. */
  async close(): Promise<void> {
    this.#courier.close();
    this.#shareUnstored();
    // The last chance for what a full storage did not take.
    if (this.#cancelRepair) void this.reload();
    this.#closed = true;
    await this.#serial.idle();
    this.#cancelRepair?.();
    for (const end of this.#endings) end();
  }

  /**
   * Stores again what a full storage did not take, and removes what it did not remove. Until then, a tab that opens
   * shows old rows. Only the leading tab does it: it knows all rows.
   */
  async #repair(stored: readonly OutboxRow[]): Promise<void> {
    if (!this.around.tabs.leading.value) return;
    for (const row of stored.filter((one) => this.#state.isGone(one))) {
      if (await this.#store.remove(row, () => true)) this.#tell({ gone: [row.clientMessageId] });
    }
    const revisions = new Map(stored.map((row) => [row.clientMessageId, row.revision]));
    for (const row of this.#state.rows) {
      if ((revisions.get(row.clientMessageId) ?? -1) >= row.revision) continue;
      const repaired = await this.#store.replace(row, (current) => current);
      if (repaired) this.#tell({ rows: [repaired] });
    }
  }

  #repairLater(): void {
    this.#cancelRepair?.();
    this.#cancelRepair = this.around.ports.clock.after(FULL_STORAGE_PAUSE, () => {
      this.#cancelRepair = undefined;
      void this.reload();
    });
  }

  /** The browser has deleted the data, but not what this tab knows. */
  async #storeAgain(): Promise<void> {
    await this.#run(async () => {
      this.#store.noteEmptied();
      for (const row of this.#state.rows) await this.#store.replace(row, (current) => current);
      this.#tell({ rows: this.#state.rows });
    });
  }

  #replace(
    clientMessageId: string,
    change: (current: OutboxRow, all: readonly OutboxRow[]) => OutboxRow | undefined,
  ): Promise<OutboxRow | undefined> {
    return this.#run(async () => {
      const row = this.#state.get(clientMessageId);
      if (!row) return undefined;
      const next = await this.#store.replace(row, (current, all) => {
        const changed = change(current, all);
        return changed && { ...changed, revision: current.revision + 1 };
      });
      if (!next) return undefined;
      const gone = next.clientMessageId === clientMessageId ? [] : [clientMessageId];
      this.#tell({ rows: [next], gone });
      return next;
    });
  }

  /**
   * Runs a task after all earlier ones. A closed outbox runs none: its database may be wiped already, and no other tab
   * would hear of a row that it stores.
   */
  async #run<T>(task: () => Promise<T>): Promise<T | undefined> {
    return this.#closed ? undefined : this.#serial.run(task);
  }

  #tell(news: News): void {
    const stored = (news.rows ?? []).every((row) => this.#store.isStored(row));
    this.around.tabs.post(NEWS, { ...news, stored });
    this.#take(news);
  }

  /** Tells the other tabs of rows that they cannot read: a tab that opened later knows none of them. */
  #shareUnstored(): void {
    const rows = this.#state.rows.filter((row) => !this.#store.isStored(row));
    if (rows.length > 0) this.around.tabs.post(NEWS, { rows });
  }

  #hear(news: News): void {
    if (news.asks) {
      this.#shareUnstored();
      return;
    }
    if (news.stored) this.#store.noteStored(news.rows ?? []);
    else this.#repairLater();
    this.#take(news);
    for (const row of news.rows ?? []) this.#courier.wake(row.chatId);
  }

  #take(news: News): void {
    // The timeline gets the message before the row goes: a message is never missing between the two.
    for (const message of news.accepted ?? []) this.#accepted.emit(message);
    this.#state.apply(news);
  }
}

function messageOf(row: OutboxRow, accepted: Accepted | Message, senderId: string): Message {
  if ('senderId' in accepted) return accepted;
  const { messageId, seq, status, timestamp } = accepted;
  const { chatId, clientMessageId, content, replyTo } = row;
  const answer = replyTo === undefined ? {} : { replyTo: { messageId: replyTo } };
  const ids = { chatId, clientMessageId, messageId, senderId, seq };
  return { ...ids, content, ...answer, createdAt: timestamp, status, timestamp };
}
