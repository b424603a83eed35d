// The flag v needs a constructor, as the compiler's target is older than it.
const EMOJI = new RegExp(String.raw`^(?:\p{RGI_Emoji}\s*){1,3}$`, 'v');

/** Whether a message is one to three emoji and nothing else: it is shown larger. */
export function isLargeEmoji(text: string): boolean {
  return text.length <= 64 && EMOJI.test(text);
}
