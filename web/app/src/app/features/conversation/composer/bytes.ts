/** The server's limit of a message, in bytes of UTF-8. */
export const CONTENT_BYTES = 16_384;

/** From here on, the composer shows how much is left. */
const NEARLY_FULL_BYTES = 15_000;

const encoder = new TextEncoder();

/** Bytes left, negative above the limit. `undefined` while there is plenty of room. */
export function bytesLeft(text: string): number | undefined {
  // A UTF-16 unit takes at most three bytes: short texts need no encoding.
  if (text.length * 3 < NEARLY_FULL_BYTES) return undefined;
  const bytes = encoder.encode(text).length;
  return bytes < NEARLY_FULL_BYTES ? undefined : CONTENT_BYTES - bytes;
}
