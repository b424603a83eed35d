/** An id that makes a request repeatable: the same for every try, and another one for another request. */
export class RepeatId {
  #request = '';
  #id = '';

  of(...request: readonly unknown[]): string {
    const text = JSON.stringify(request);
    if (text !== this.#request) {
      this.#request = text;
      this.#id = crypto.randomUUID();
    }
    return this.#id;
  }
}
