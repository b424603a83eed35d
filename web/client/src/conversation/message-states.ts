/** The states of one message: as it was sent, edited, and gone. Pure functions. */
import type { Message } from '../contracts.js';
import { withMineOf } from './reactions.js';

/** Whether the content is gone for good: deleted, hidden by the user, or of an erased sender. */
export function isGone({ content, kind }: Message): boolean {
  return content === null && kind === undefined;
}

/**
 * Of two copies of a message, the one to keep. Content that is gone never returns. Otherwise the higher version is
 * newer, whichever arrived first. The status is kept elsewhere.
 */
export function newerOf(known: Message | undefined, arrived: Message): Message {
  if (!known) return arrived;
  if (known.hidden || arrived.hidden) return known.hidden ? known : arrived;
  if (isGone(known) !== isGone(arrived)) return isGone(known) ? known : arrived;
  const isNewer = (arrived.version ?? 0) > (known.version ?? 0);
  if (isNewer) return withQuoteOf(arrived, known);
  const isSameVersion = arrived.version === known.version;
  const kept = isSameVersion ? withMineOf(known, arrived) : known;
  return hasQuote(arrived) && !hasQuote(known) && !isGone(known) ? withQuoteOf(kept, arrived) : kept;
}

/** The message as the user sees it who has hidden it. It keeps its place, so that no gap arises. */
export function hiddenOf(message: Message): Message {
  if (message.hidden) return message;
  const { replyTo: _1, editedAt: _2, reactions: _3, ...rest } = message;
  return { ...rest, content: null, hidden: true };
}

/** Frames have the id of the answered message alone: its quote comes with a page, or from the message itself. */
function hasQuote({ replyTo }: Message): boolean {
  return replyTo?.seq !== undefined || replyTo?.gone === true;
}

function withQuoteOf(message: Message, other: Message): Message {
  if (!message.replyTo || hasQuote(message) || !other.replyTo || !hasQuote(other)) return message;
  return { ...message, replyTo: other.replyTo };
}
