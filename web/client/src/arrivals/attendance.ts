import type { Readable } from '../observable.js';
import type { Tabs, Topic } from '../parts.js';
import type { Attention, Clock } from '../ports.js';

/** Time for the other tabs to answer. */
const PATIENCE = 100;

interface Question {
  readonly id: string;
  readonly chatId: string;
}

const QUESTION: Topic<Question> = { name: 'attends?' };
const ANSWER: Topic<string> = { name: 'attends' };

interface Surroundings {
  readonly tabs: Tabs;
  readonly attention: Readable<Attention>;
  readonly clock: Clock;
  readonly randomId: () => string;
  /** Whether this tab shows the chat. */
  readonly shows: (chatId: string) => boolean;
}

/**
 * Knows whether the user is looking at a chat, in any tab. It asks each time, as a tab that crashed cannot say goodbye.
 */
export class Attendance {
  readonly #questions = new Map<string, () => void>();
  readonly #endings: (() => void)[];

  constructor(private readonly around: Surroundings) {
    const { tabs } = around;
    this.#endings = [
      tabs.on(QUESTION, ({ id, chatId }) => {
        if (this.#attendsHere(chatId)) tabs.post(ANSWER, id);
      }),
      tabs.on(ANSWER, (id) => this.#questions.get(id)?.()),
    ];
  }

  async attends(chatId: string): Promise<boolean> {
    if (this.#attendsHere(chatId)) return true;
    const { tabs, clock, randomId } = this.around;
    const id = randomId();
    const answer = await new Promise<boolean>((resolve) => {
      const cancel = clock.after(PATIENCE, () => {
        resolve(false);
      });
      this.#questions.set(id, () => {
        cancel();
        resolve(true);
      });
      tabs.post(QUESTION, { id, chatId });
    });
    this.#questions.delete(id);
    return answer;
  }

  close(): void {
    for (const end of this.#endings) end();
  }

  #attendsHere(chatId: string): boolean {
    const { visible, focused } = this.around.attention.value;
    return visible && focused && this.around.shows(chatId);
  }
}
