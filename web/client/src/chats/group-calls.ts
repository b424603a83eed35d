import type { Addition, GroupChange, Groups } from '../api-groups.js';
import type { MembershipView, Role } from '../contracts.js';
import { PalomaError } from '../errors.js';
import type { Readable } from '../observable.js';
import type { Rest } from '../parts.js';
import { present } from '../rest/present.js';
import type { ChatStore } from './store.js';

/** Rejections that show that this client's view of the group is old. */
const OUTDATED: ReadonlySet<number | undefined> = new Set([403, 404, 409]);

interface GroupCallsDeps {
  readonly me: Readable<string | undefined>;
  readonly rest: Rest;
  readonly store: ChatStore;
}

/** Calls that change groups. Their answers show at once, without waiting for the frames. */
export class GroupCalls implements Groups {
  readonly #deps: GroupCallsDeps;

  constructor(deps: GroupCallsDeps) {
    this.#deps = deps;
  }

  add(chatId: string, { userIds, ...addition }: Addition): Promise<void> {
    const body = { ...addition, userIds: [...userIds] };
    return this.#change(
      chatId,
      this.#deps.rest.POST('/chats/{chatId}/members', { params: { path: { chatId } }, body }),
    );
  }

  remove(chatId: string, userId: string): Promise<void> {
    const path = { chatId, userId };
    return this.#change(chatId, this.#deps.rest.DELETE('/chats/{chatId}/members/{userId}', { params: { path } }));
  }

  async leave(chatId: string): Promise<void> {
    const me = this.#deps.me.value;
    if (me === undefined) throw new PalomaError('signedOut', 'Log in to leave a group.');
    await this.remove(chatId, me);
  }

  setRole(chatId: string, userId: string, role: Role): Promise<void> {
    const options = { params: { path: { chatId, userId } }, body: { role } };
    return this.#change(chatId, this.#deps.rest.PUT('/chats/{chatId}/members/{userId}/role', options));
  }

  change(chatId: string, change: GroupChange): Promise<void> {
    const options = { params: { path: { chatId } }, body: change };
    return this.#change(chatId, this.#deps.rest.PATCH('/chats/{chatId}', options));
  }

  async #change(chatId: string, call: Promise<{ data?: MembershipView | undefined }>): Promise<void> {
    const { store } = this.#deps;
    try {
      store.learnChange(present((await call).data));
    } catch (error) {
      if (error instanceof PalomaError && OUTDATED.has(error.problem?.status)) store.reload(chatId);
      throw error;
    }
  }
}
