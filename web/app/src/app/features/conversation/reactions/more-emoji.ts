/** Emoji of the dialog, in the order of its grid. Every other emoji can be typed there. */
const FACES =
  '😀 😄 😁 😅 🤣 😊 😇 🙂 😉 😍 🥰 😘 😋 😜 🤪 🤗 🤭 🤔 🤐 😐 😶 😏 🙄 😬 😌 😴 😷 🤒 🤯 🥳 😎 🤓 😕 😟 🥺 😭 😱 😤 😡 🤬 💀 🤡 👻 🤖';
const HANDS = '👋 👌 🤏 ✌️ 🤞 🤟 🤙 👈 👉 👆 👇 👎 ✊ 👊 👏 🙌 🫶 🤝 💪 ✍️ 🤷 🤦 🙋 💃';
const HEARTS = '🧡 💛 💚 💙 💜 🖤 🤍 💔 💕 💯 💥 ✨ 🔥 ⭐ 🎉 🎂 🎁 🏆 ✅ ❌ ❓ ❗ 👀 💤';
const THINGS = '🐶 🐱 🦄 🐝 🌹 🌈 ☀️ 🌙 ⚡ ❄️ 🍎 🍕 🍰 ☕ 🍺 🍷 ⚽ 🎵 🚗 ✈️ 🏠 📷 💡 📌';

export const MORE_EMOJI: readonly string[] = [FACES, HANDS, HEARTS, THINGS].flatMap((group) => group.split(' '));
