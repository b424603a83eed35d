/** The drawing of public/icon.svg. */
const DOVE =
  '<rect width="64" height="64" rx="16" fill="#7a3a6b"/>' +
  '<path fill="#fff" d="M8 27c9 1 15-1 20-7 2-8 9-12 15-9 4 2 5 5 5 8l8 4-8 3c0 14-9 22-20 22-6 0-11-2-14-5' +
  'l-9 5c1-4 4-8 8-9-2-4-4-8-5-12z"/>';
const MOST = 99;

/** The favicon with the number of unread messages, as an address. */
export function badgeIcon(unread: number): string {
  const text = unread > MOST ? `${String(MOST)}+` : String(unread);
  const width = 22 + 12 * text.length;
  const badge =
    `<rect x="${String(64 - width)}" y="28" width="${String(width)}" height="36" rx="18" fill="#c8281e"/>` +
    `<text x="${String(64 - width / 2)}" y="55" font-family="sans-serif" font-size="27" font-weight="700" ` +
    `text-anchor="middle" fill="#fff">${text}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">${DOVE}${unread > 0 ? badge : ''}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
