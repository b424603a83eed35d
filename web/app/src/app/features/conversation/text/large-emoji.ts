// `\p{RGI_Emoji}` says the same, but its compilation takes 60 to 250 ms.
const START = String.raw`(?:\p{Emoji_Presentation}|\p{Emoji}(?=[\uFE0F\p{Emoji_Modifier}]))`;
const PICTURE = String.raw`${START}[\uFE0F\u20E3\p{Emoji_Modifier}]*`;
const FLAG = String.raw`\p{Regional_Indicator}{2}`;
const EMOJI = new RegExp(String.raw`^(?:(?:${FLAG}|${PICTURE}(?:\u200D${PICTURE}|\u200D\p{Emoji})*)\s*){1,3}$`, 'u');

/** Whether a message is one to three emoji and nothing else: it is shown larger. */
export function isLargeEmoji(text: string): boolean {
  return text.length <= 64 && EMOJI.test(text);
}
