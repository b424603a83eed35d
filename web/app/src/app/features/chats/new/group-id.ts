/** The `clientChatId` of a group: the same for every try to create it, and another one for another group. */
export class GroupId {
  #group = '';
  #id = '';

  of(name: string, participants: readonly string[]): string {
    const group = JSON.stringify([name, [...participants].sort()]);
    if (group !== this.#group) {
      this.#group = group;
      this.#id = crypto.randomUUID();
    }
    return this.#id;
  }
}
