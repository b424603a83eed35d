/** A user who calls the API from outside of a browser: another device, or a check of what the server stores. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Accepted, Chat, Message, Receipts } from '../../client/src/contracts.ts';
import { control } from './control.ts';
import type { NewUser } from './control.ts';
import { secret } from './secrets.ts';
import { stack } from './stack.ts';

export class Api {
  constructor(private readonly user: NewUser) {}

  async chatWith(other: { user: NewUser }): Promise<string> {
    return (await this.createChat({ type: 'direct', participants: [other.user.userId] })).chatId;
  }

  async groupWith(name: string, others: readonly { user: NewUser }[]): Promise<string> {
    const participants = others.map((other) => other.user.userId);
    return (await this.createChat({ type: 'group', participants, name, clientChatId: randomUUID() })).chatId;
  }

  /** Begins a direct chat as a stranger. */
  ask(other: { user: NewUser }): Promise<string> {
    return control.ask(this.user.userId, { type: 'direct', participants: [other.user.userId] });
  }

  /** Creates a group as a stranger to the others. */
  askAll(name: string, others: readonly { user: NewUser }[]): Promise<string> {
    const participants = others.map((other) => other.user.userId);
    return control.ask(this.user.userId, { type: 'group', participants, name, clientChatId: randomUUID() });
  }

  /** Answers a request. */
  async answer(chatId: string, answer: 'accept' | 'decline'): Promise<void> {
    await this.call('POST', `/chats/${chatId}/${answer}`);
  }

  async send(chatId: string, content: string): Promise<Accepted> {
    const body = { content: secret(content), clientMessageId: randomUUID() };
    return this.call('POST', `/chats/${chatId}/messages`, body);
  }

  /** Sends one after the other. */
  async sendAll(chatId: string, contents: readonly string[]): Promise<void> {
    for (const content of contents) await this.send(chatId, content);
  }

  chat(chatId: string): Promise<Chat> {
    return this.call('GET', `/chats/${chatId}`);
  }

  /** The newest messages that the server stores, up to 100. */
  async messages(chatId: string): Promise<Message[]> {
    const page = await this.call<{ messages: Message[] }>('GET', `/chats/${chatId}/messages?limit=100`);
    return page.messages;
  }

  async contents(chatId: string): Promise<(string | null | undefined)[]> {
    return (await this.messages(chatId)).map((message) => message.content);
  }

  receipts(messageId: string): Promise<Receipts> {
    return this.call('GET', `/messages/${messageId}/receipts`);
  }

  /** Changes a setting of a chat. */
  async set(chatId: string, setting: 'pin' | 'archive' | 'unread', value: Record<string, boolean>): Promise<void> {
    await this.call('PUT', `/chats/${chatId}/${setting}`, value);
  }

  async reply(chatId: string, replyTo: string, content: string): Promise<void> {
    const body = { content: secret(content), clientMessageId: randomUUID(), replyTo };
    await this.call('POST', `/chats/${chatId}/messages`, body);
  }

  async edit(messageId: string, content: string, version: number): Promise<void> {
    await this.call('PATCH', `/messages/${messageId}`, { content: secret(content), version });
  }

  async react(messageId: string, emoji: string): Promise<void> {
    await this.call('PUT', `/messages/${messageId}/reaction`, { emoji });
  }

  async addTo(group: string, others: readonly { user: NewUser }[], { history }: { history: boolean }): Promise<void> {
    const userIds = others.map((other) => other.user.userId);
    await this.call('POST', `/chats/${group}/members`, { userIds, history, clientMessageId: randomUUID() });
  }

  async leave(group: string): Promise<void> {
    await this.call('DELETE', `/chats/${group}/members/${this.user.userId}`);
  }

  /** Blocks a user, or unblocks them. */
  async setBlocked(other: { user: NewUser }, blocked: boolean): Promise<void> {
    await this.call(blocked ? 'PUT' : 'DELETE', `/blocks/${other.user.userId}`);
  }

  async changePicture(avatar: string): Promise<void> {
    await this.call('PUT', '/me', { avatar });
  }

  /** Registers a phone for push notifications. */
  async registerPhone(platform: 'fcm' | 'apns'): Promise<void> {
    await this.call('POST', '/devices', { platform, token: randomBytes(32).toString('hex') });
  }

  /** Ends all sessions of the user. */
  async logOutEverywhere(): Promise<void> {
    await this.call('POST', '/auth/logout', { everywhere: true });
  }

  private createChat(chat: unknown): Promise<Chat> {
    return this.call('POST', '/chats', chat);
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${this.user.token}`, 'content-type': 'application/json' };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${stack.apiUrl}${path}`, { method, headers, ...init });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
