/** HTML's own characters as text, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => MARKS[mark] ?? mark);
}
const MARKS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * A letter as a whole document: one column without tables, images or scripts, readable with its styles taken
 * out, dark on light (contrast 15 : 1; links 6.6 : 1), and dark where the reader prefers that.
 */
export function inLayout(o: {
  readonly subject: string;
  readonly body: string;
  /** BCP 47; `null`: not known, and a wrong one would be read aloud in a wrong voice. */
  readonly lang: string | null;
}): string {
  const lang = o.lang === null ? '' : ` lang="${escapeHtml(o.lang)}"`;
  return `<!doctype html>
<html${lang}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(o.subject)}</title>
<style>
body { margin: 0; background: #ffffff; color: #1f2328; }
main { max-width: 38em; margin: 0 auto; padding: 24px 16px; font: 16px/1.5 Arial, Helvetica, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.4em; line-height: 1.3; margin: 0 0 1em; }
p { margin: 0 0 1em; }
a { color: #0550ae; }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e6e8eb; } a { color: #8ab4f8; } }
</style>
</head>
<body>
<main dir="auto">
${o.body.trim()}
</main>
</body>
</html>
`;
}

/** True for HTML that is a document of its own: the layout is not put around it. */
export function isDocument(html: string): boolean {
  return /^\s*(?:<!--[^]*?-->\s*)?<(?:!doctype|html)[\s>]/i.test(html);
}

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/**
 * Plain text as HTML: an empty line begins a paragraph, a line stays a line, addresses are links. Each
 * paragraph runs in the direction of its own first letters.
 */
export function textAsHtml(text: string): string {
  const paragraphs = text.split(/\n[ \t]*\n\s*/).filter((part) => part.trim() !== '');
  return paragraphs.map((part) => `<p dir="auto">${lines(part)}</p>`).join('\n');
}

function lines(part: string): string {
  return part.trimEnd().replace(/^\n+/, '').split('\n').map(withLinks).join('<br>\n');
}

function withLinks(line: string): string {
  let html = '';
  let at = 0;
  for (const match of line.matchAll(LINK)) {
    const [url] = match;
    html += `${escapeHtml(line.slice(at, match.index))}<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>`;
    at = match.index + url.length;
  }
  return html + escapeHtml(line.slice(at));
}
