import type { LetterCategory, LetterContent } from './content';
import type { AnnouncementContent } from './announcement';

/** An announcement as a letter: its title, its Markdown as text, its HTML; the link below. */
export function announcementLetter(
  { title, markdown, html, link }: Omit<AnnouncementContent, 'letter'>,
  category: LetterCategory,
): LetterContent {
  const below = link === null ? '' : `<p><a href="${escaped(link)}">${escaped(link)}</a></p>\n`;
  return {
    subject: literal(title),
    text: literal(link === null ? `${markdown}\n` : `${markdown}\n\n${link}\n`),
    html: literal(html + below),
    variables: [],
    values: {},
    category,
  };
}

/** A text as a template that gives this very text: Liquid begins with one of two pairs of characters. */
function literal(text: string): string {
  return text.replace(/\{[{%]/g, (pair) => `{{ "${pair}" }}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' },
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}
