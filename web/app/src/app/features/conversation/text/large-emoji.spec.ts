import { isLargeEmoji } from './large-emoji';

describe('isLargeEmoji', () => {
  it.each(['👍', '👨‍👩‍👧‍👦', '🇪🇸 ❤️', '👍🏽👍🏿🎉', '❤️‍🔥', '🙋🏽‍♀️', '1️⃣'])('%s is large', (text) =>
    expect(isLargeEmoji(text)).toBe(true),
  );
  it.each(['👍 ok', '12', '#', '👍👍👍👍', '', 'مرحبا'])('%s is normal', (text) =>
    expect(isLargeEmoji(text)).toBe(false),
  );
});
