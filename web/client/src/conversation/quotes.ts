/** Quotes of answered messages. They change and go with these messages. Pure functions. */
import type { Message, Reply } from '../contracts.js';
import { isGone } from './message-states.js';
import { shows, type Windows } from './windows.js';

/** Characters of a quote. */
const PREVIEW = 140;

/** The quote of a message as it is now. */
export function quoteOf(message: Message): Reply {
  const { messageId, seq, senderId, content } = message;
  if (typeof content !== 'string') return { messageId, gone: true };
  return { messageId, seq, senderId, preview: beginningOf(content) };
}

/** Messages that follow each other, with the quotes of the messages that are here, or that the user may not see. */
export function withQuotes(messages: readonly Message[], windows: Windows): readonly Message[] {
  if (!messages.some(({ replyTo }) => replyTo)) return messages;
  const byId = new Map(messages.map((message) => [message.messageId, message]));
  return messages.map((message) => {
    const { replyTo } = message;
    if (!replyTo) return message;
    const answered = byId.get(replyTo.messageId);
    // A new member may get the earlier messages later.
    if (answered) return requoted(message, quoteOf(answered));
    return replyTo.seq !== undefined && !shows(windows, replyTo.seq) ? withoutQuote(message) : message;
  });
}

/** Takes changed messages, which may themselves be elsewhere, into the quotes of their answers. */
export function withQuotesOf(messages: readonly Message[], changed: readonly Message[]): readonly Message[] {
  const byId = new Map(changed.map((message) => [message.messageId, message]));
  if (!messages.some(({ replyTo }) => replyTo && byId.has(replyTo.messageId))) return messages;
  return messages.map((message) => {
    const answered = message.replyTo && byId.get(message.replyTo.messageId);
    return answered && !message.replyTo?.gone ? requoted(message, quoteOf(answered)) : message;
  });
}

/** Removes the quotes that match: the user may not see these messages any more. */
export function withoutQuotes(messages: readonly Message[], isLost: (quote: Reply) => boolean): readonly Message[] {
  if (!messages.some(({ replyTo }) => replyTo && isLost(replyTo))) return messages;
  return messages.map((message) => (message.replyTo && isLost(message.replyTo) ? withoutQuote(message) : message));
}

/** Whether a message answers one that is neither here nor quoted yet. */
export function lacksQuote({ replyTo }: Message): boolean {
  return replyTo !== undefined && replyTo.seq === undefined && !replyTo.gone;
}

function withoutQuote(message: Message): Message {
  return message.replyTo ? requoted(message, { messageId: message.replyTo.messageId, gone: true }) : message;
}

function requoted(message: Message, quote: Reply): Message {
  const { replyTo } = message;
  if (isGone(message) || !replyTo) return message;
  const isSame = replyTo.gone === quote.gone && replyTo.seq === quote.seq && replyTo.preview === quote.preview;
  return isSame ? message : { ...message, replyTo: quote };
}

function beginningOf(content: string): string {
  const characters = [...content.slice(0, 2 * PREVIEW + 2)];
  return characters.length > PREVIEW ? `${characters.slice(0, PREVIEW).join('')}…` : content;
}
