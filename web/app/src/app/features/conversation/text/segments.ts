import { LinkifyIt } from 'linkify-it';

/** A piece of a message: plain text, or a link with a safe address. */
export interface Segment {
  readonly text: string;
  /** An http or https address. Absent: plain text. */
  readonly href?: string;
}

const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: false, maxLength: 2_048 })
  .add('ftp:', null)
  .add('mailto:', null)
  .add('//', null);

/** Splits a text at its links. The texts of all segments together are the text, unchanged. */
export function segments(text: string): readonly Segment[] {
  const result: Segment[] = [];
  let end = 0;
  for (const match of linkify.match(text) ?? []) {
    const href = webAddress(match.schema === '' ? match.url.replace(/^http:/, 'https:') : match.url);
    if (href === undefined) continue;
    if (match.index > end) result.push({ text: text.slice(end, match.index) });
    result.push({ text: match.raw, href });
    end = match.lastIndex;
  }
  if (end < text.length) result.push({ text: text.slice(end) });
  return result;
}

function webAddress(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}
