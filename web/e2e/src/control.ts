/** Acts that a browser cannot do: the routes of tests/browser/control.rs. */
import { secret } from './secrets.ts';
import { stack } from './stack.ts';

export interface NewUser {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  readonly name: string;
  /** An access token, for calls of the API beside the browser. */
  readonly token: string;
}

/** Messages at the beginning of a chat that is empty so far, written into the tables. */
export interface History {
  /** Each sends one message in turn. */
  readonly senders: readonly string[];
  /** Each content is used in turn, with the seq instead of `{seq}`. */
  readonly contents: readonly string[];
  readonly count: number;
  /** Epoch milliseconds of the first message, and milliseconds from each message to the next. */
  readonly firstAt: number;
  readonly interval: number;
  /** The last message that a member has read, by user id. Without it, the member has read all. */
  readonly read?: Readonly<Record<string, number>>;
}

/** `down`: nothing listens. `deaf`: everything reaches the stack, and its answers are held. */
export type Network = 'open' | 'down' | 'deaf';

/** The API in `config.json`: behind the seat's network, or behind a certificate of another name. */
export type Address = 'network' | 'untrusted';

export const control = {
  createUsers: (names: readonly string[]): Promise<readonly NewUser[]> => call('POST', '/users', { names }),
  /** Creates a login with a password for one login, as an administrator does. */
  invite: (email: string, password: string): Promise<void> => call('POST', '/invitations', { email, password }),
  storeHistory: (chatId: string, history: History): Promise<void> => {
    // A seq divides a content: its longest part is in each message.
    for (const content of history.contents) secret(longest(content.split('{seq}')));
    return call('POST', `/chats/${chatId}/history`, history);
  },
  /** Removes a message for everyone, as an operator does. */
  removeMessage: (messageId: string): Promise<void> => call('POST', `/messages/${messageId}/removal`, undefined),
  /** Removes a group for everyone, as an operator does. */
  removeChat: (chatId: string): Promise<void> => call('POST', `/chats/${chatId}/removal`, undefined),
  /** Creates a chat as a stranger to its other members. Returns its id. */
  ask: async (creator: string, chat: object): Promise<string> =>
    (await call<{ chatId: string }>('POST', '/requests', { creator, chat })).chatId,
  setNetwork: (seat: number, network: Network): Promise<void> => call('PUT', `/seats/${seat}/network`, network),
  /** Ends all connections of a seat without a close frame. New ones open. */
  cut: (seat: number): Promise<void> => call('POST', `/seats/${seat}/cuts`, undefined),
  /** From the next load of the page on. */
  setAddress: (seat: number, address: Address): Promise<void> => call('PUT', `/seats/${seat}/address`, address),
  /** Replaces the stack of a seat by a new one with empty tables at the same address. Returns the new user ids. */
  restart: (seat: number, users: readonly NewUser[]): Promise<readonly string[]> =>
    call('POST', `/seats/${seat}/restart`, users),
  /** The first state of a seat: the shared stack, its address, and an open network. */
  reset: (seat: number): Promise<void> => call('POST', `/seats/${seat}/reset`, undefined),
};

function longest(texts: readonly string[]): string {
  return texts.reduce((one, other) => (other.length > one.length ? other : one), '');
}

async function call<T>(method: string, path: string, body: unknown): Promise<T> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(`${stack.controlUrl}${path}`, { method, ...init });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}
