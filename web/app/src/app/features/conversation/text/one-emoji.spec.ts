import { oneEmoji } from './one-emoji';

describe('oneEmoji', () => {
  it.each(['👍', '❤️', '👨‍👩‍👧‍👦', '🇪🇸', '👍🏽', '❤️‍🔥', '1️⃣'])('%s is one', (text) => {
    expect(oneEmoji(` ${text} `)).toBe(text);
  });
  it.each(['', 'a', '1', '👍👍', '👍 ok', '🇪🇸🇫🇷'])('%s is none', (text) => expect(oneEmoji(text)).toBeUndefined());
});
