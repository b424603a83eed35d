import type { Chat, Message } from '../contracts.js';
import { readPage } from '../conversation/pages.js';
import { NO_TICKS, raisedByMessages, statusOf, type Ticks } from '../conversation/ticks.js';
import type { Readable } from '../observable.js';
import type { Rest, Tabs, Topic } from '../parts.js';
import { Task, type TaskPorts } from '../task.js';

/** Chats with a last row that is completed after a list, the newest first. */
const MAX_CHATS = 20;

/** The last message of a chat, with the ticks that its status shows. */
interface LastRow {
  readonly message: Message;
  readonly ticks: Ticks;
}

const FOUND: Topic<LastRow> = { name: 'last row' };

interface LastRowsDeps {
  readonly tabs: Pick<Tabs, 'post' | 'on'>;
  readonly rest: Rest;
  readonly ports: TaskPorts;
  readonly me: Readable<string | undefined>;
  readonly store: {
    readonly chats: Readable<ReadonlyMap<string, Chat>>;
    readonly ticks: Readable<ReadonlyMap<string, Ticks>>;
    /** Takes a last row that this tab or another one has completed. */
    learnLastRow(message: Message, ticks: Ticks): void;
  };
}

/**
 * Completes the last rows of a list. Lists do not tell the status of an own message, and for a moment they may lack the
 * newest message.
 */
export class LastRows {
  readonly #deps: LastRowsDeps;
  #task: Task | undefined;

  constructor(deps: LastRowsDeps) {
    this.#deps = deps;
    deps.tabs.on(FOUND, ({ message, ticks }) => deps.store.learnLastRow(message, ticks));
  }

  complete(): void {
    this.#task ??= new Task(
      (signal) => this.#read(signal),
      () => undefined,
      this.#deps.ports,
    );
    void this.#task.run();
  }

  reset(): void {
    this.#task?.stop();
    this.#task = undefined;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const newest = [...this.#deps.store.chats.value.values()].sort((a, b) => b.lastMessageTime - a.lastMessageTime);
    for (const { chatId } of newest.filter((chat) => this.#isIncomplete(chat)).slice(0, MAX_CHATS)) {
      const page = await readPage(this.#deps.rest, chatId, {}, 1, signal);
      const [last] = page.messages;
      const me = this.#deps.me.value;
      if (signal.aborted || me === undefined) return;
      if (last) this.#found({ message: last, ticks: raisedByMessages(NO_TICKS, me, [last]) });
    }
  }

  #found(row: LastRow): void {
    this.#deps.store.learnLastRow(row.message, row.ticks);
    this.#deps.tabs.post(FOUND, row);
  }

  #isIncomplete({ chatId, lastSeq, lastMessage }: Chat): boolean {
    if (lastSeq > (lastMessage?.seq ?? 0)) return true;
    if (lastMessage?.senderId !== this.#deps.me.value || lastMessage?.kind !== undefined) return false;
    return statusOf(this.#deps.store.ticks.value.get(chatId) ?? NO_TICKS, lastSeq) !== 'read';
  }
}
