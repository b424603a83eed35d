import { changedAtOf, chatIdOf, type ChatSetting } from './settings.js';

/** When the settings of chats changed, so that older frames and answers change nothing. */
export class SettingTimes {
  /** By chat, by the clock of this device: when this tab learned of a setting. */
  readonly #learnedAt = new Map<string, number>();
  /** By setting and chat, by the server's clock. */
  readonly #changedAt = new Map<string, number>();
  /** By chat, by the clock of this device: when this tab learned that the user has declined. */
  readonly #declinedAt = new Map<string, number>();

  /** Whether no later change of the setting is known. */
  take(setting: ChatSetting, now: number): boolean {
    const chatId = chatIdOf(setting);
    const key = `${Object.keys(setting).join()} ${chatId}`;
    const changedAt = changedAtOf(setting) ?? Infinity;
    if (changedAt < (this.#changedAt.get(key) ?? 0)) return false;
    if (changedAt < Infinity) this.#changedAt.set(key, changedAt);
    this.#learnedAt.set(chatId, now);
    if ('request' in setting && !setting.request.accepted) this.#declinedAt.set(chatId, now);
    else if ('request' in setting) this.#declinedAt.delete(chatId);
    return true;
  }

  /** Whether an answer that was asked for at this time may lack a setting of the chat. */
  isLate(chatId: string, askedAt: number): boolean {
    return (this.#learnedAt.get(chatId) ?? -1) >= askedAt;
  }

  /** Whether an answer that was asked for at this time may show a request that the user has declined since. */
  isDeclined(chatId: string, askedAt: number): boolean {
    return (this.#declinedAt.get(chatId) ?? -1) >= askedAt;
  }

  clear(): void {
    this.#learnedAt.clear();
    this.#changedAt.clear();
    this.#declinedAt.clear();
  }
}
