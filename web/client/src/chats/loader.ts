import type { Chat, Message } from '../contracts.js';
import { present } from '../rest/present.js';
import type { Rest } from '../parts.js';
import { Task, type TaskPorts } from '../task.js';
import { PalomaError } from '../errors.js';

/** `askedAt`: when the call began, by `clock.elapsed()`. */
type Loaded = (chat: Chat, messages: readonly Message[], askedAt: number) => void;

interface Results {
  readonly loaded: Loaded;
  /** For the user, there is no such chat. */
  readonly missing: (chatId: string) => void;
}

/**
 * Loads chats that are known only by a message, since its frame arrived before, or without, that of the new chat; and
 * groups with changes that are missing here.
 */
export class ChatLoader {
  readonly #rest: Rest;
  readonly #ports: TaskPorts;
  readonly #results: Results;
  readonly #waiting = new Map<string, Message[]>();
  #task: Task | undefined;

  constructor(rest: Rest, ports: TaskPorts, results: Results) {
    this.#rest = rest;
    this.#ports = ports;
    this.#results = results;
  }

  load(chatId: string, ...messages: Message[]): void {
    this.#waiting.set(chatId, [...(this.#waiting.get(chatId) ?? []), ...messages]);
    this.#task ??= new Task(
      (signal) => this.#loadAll(signal),
      () => undefined,
      this.#ports,
    );
    void this.#task.run();
  }

  reset(): void {
    this.#task?.stop();
    this.#task = undefined;
    this.#waiting.clear();
  }

  async #loadAll(signal: AbortSignal): Promise<void> {
    for (const chatId of [...this.#waiting.keys()]) {
      const askedAt = this.#ports.clock.elapsed();
      const chat = await this.#read(chatId, signal);
      if (signal.aborted) return;
      const messages = this.#waiting.get(chatId) ?? [];
      this.#waiting.delete(chatId);
      if (chat) this.#results.loaded(chat, messages, askedAt);
      else this.#results.missing(chatId);
    }
  }

  /** `undefined` if the user is no member of the chat. */
  async #read(chatId: string, signal: AbortSignal): Promise<Chat | undefined> {
    try {
      return present((await this.#rest.GET('/chats/{chatId}', { params: { path: { chatId } }, signal })).data);
    } catch (error) {
      if (error instanceof PalomaError && error.problem?.status === 404) return undefined;
      throw error;
    }
  }
}
