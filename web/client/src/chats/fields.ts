import type { Chat } from '../contracts.js';

/** `chat` with these fields of `known`: those that `known` lacks are absent. */
export function withFieldsOf(chat: Chat, known: Chat, fields: readonly string[]): Chat {
  const others = Object.entries(chat).filter(([name]) => !fields.includes(name));
  const kept = Object.entries(known).filter(([name]) => fields.includes(name));
  return Object.fromEntries([...others, ...kept]) as Chat;
}
